import { Injectable } from '@nestjs/common';
import { CallStateChanged } from '@parley/contracts';
import type { CallId } from '@parley/kernel';
import { Outbox, type Transaction, Transactions } from '@parley/persistence';
import { type Call, type EndReason, originOf } from './call.js';
import { CallStore, type HeldStream, type StreamToken } from './call-store.js';

/** Records the end of a call, once; the media stream, Twilio's callback or the sweep may report it first. */
@Injectable()
export class EndCall {
  constructor(
    private readonly calls: CallStore,
    private readonly outbox: Outbox,
    private readonly transactions: Transactions,
  ) {}

  /**
   * Marks the call as ending, so that no webhook answers it again. `ResumeCall` decides what Twilio does when the media
   * socket closes.
   * @param streamToken of the media stream that ends the call; ignored if a newer stream carries the call
   */
  async begin(callId: CallId, reason: EndReason, streamToken: StreamToken): Promise<void> {
    await this.transactions.run((tx) => this.calls.beginEnding(tx, callId, reason, streamToken));
  }

  /** @param stream the media stream that reports the end; ignored if a newer stream carries the call */
  async execute(callId: CallId, reason: EndReason, endedAt: Date, stream?: HeldStream): Promise<void> {
    await this.transactions.run(async (tx) => {
      if (stream && (await this.calls.isCarriedByAnother(tx, stream))) return;
      const call = await this.calls.lock(tx, callId);
      if (call) await this.within(tx, call, reason, endedAt);
    });
  }

  /** Ends the call and returns it; returns undefined if it had ended before. */
  async within(tx: Transaction, call: Call, reason: EndReason, endedAt: Date): Promise<Call | undefined> {
    const status = call.answeredAt ? 'ended' : 'failed';
    const end = await this.calls.end(tx, call.id, { status, reason, endedAt });
    if (!end) return undefined;
    const { call: ended, turnCount } = end;
    await this.outbox.add(tx, {
      contract: CallStateChanged,
      data: {
        ...originOf(ended),
        state: status,
        reason: ended.endReason ?? reason,
        ...(call.answeredAt && { durationMs: Math.max(0, endedAt.getTime() - call.answeredAt.getTime()) }),
        turnCount,
        occurredAt: endedAt.toISOString(),
      },
    });
    return ended;
  }
}
