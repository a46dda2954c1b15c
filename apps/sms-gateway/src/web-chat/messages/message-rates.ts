import { Injectable } from '@nestjs/common';
import type { ThreadId } from '@parley/kernel';
import { MessageRate } from './message-rate.js';

/** Above this many, the rates of people who have been silent are forgotten. */
const MAX_RATES = 10_000;

/** Bounds how fast each person writes, on all of their connections to this process. */
@Injectable()
export class MessageRates {
  readonly #rates = new Map<ThreadId, MessageRate>();

  /** Counts a message. Returns false if it arrived too soon. */
  allows(threadId: ThreadId, nowMs: number): boolean {
    const known = this.#rates.get(threadId);
    if (known) return known.allows(nowMs);
    if (this.#rates.size >= MAX_RATES) this.#forgetSilent(nowMs);
    const rate = new MessageRate(nowMs);
    this.#rates.set(threadId, rate);
    return rate.allows(nowMs);
  }

  #forgetSilent(nowMs: number): void {
    for (const [threadId, rate] of this.#rates) if (rate.isFull(nowMs)) this.#rates.delete(threadId);
  }
}
