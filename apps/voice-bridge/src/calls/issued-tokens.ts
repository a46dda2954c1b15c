import { Injectable } from '@nestjs/common';
import type { CallId } from '@parley/kernel';
import { CallStore } from './call-store.js';

/**
 * Records the media tokens that this process issued. While a token is valid and unused, Twilio is still connecting its
 * caller.
 */
@Injectable()
export class IssuedTokens {
  /** The expiry of each token by this process's clock, in the order of issue. */
  readonly #validUntilMs = new Map<CallId, number>();

  constructor(private readonly calls: CallStore) {}

  record(callId: CallId, tokenMs: number): void {
    const nowMs = performance.now();
    this.#forgetExpired(nowMs);
    this.#validUntilMs.delete(callId);
    this.#validUntilMs.set(callId, nowMs + tokenMs);
  }

  /** Returns whether Twilio may still open a media socket with one of these tokens, here or at another process. */
  async areAwaited(): Promise<boolean> {
    this.#forgetExpired(performance.now());
    if (this.#validUntilMs.size === 0) return false;
    const awaited = new Set(await this.calls.awaitingSocket([...this.#validUntilMs.keys()]));
    for (const callId of this.#validUntilMs.keys())
      if (!awaited.has(callId)) this.#validUntilMs.delete(callId);
    return awaited.size > 0;
  }

  #forgetExpired(nowMs: number): void {
    for (const [callId, untilMs] of this.#validUntilMs) {
      if (untilMs > nowMs) return;
      this.#validUntilMs.delete(callId);
    }
  }
}
