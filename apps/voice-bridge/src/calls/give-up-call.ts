import { Injectable } from '@nestjs/common';
import type { CallId } from '@parley/kernel';
import { Transactions } from '@parley/persistence';
import type { UnavailableReason } from './call.js';
import { CallStore, type StreamToken } from './call-store.js';

/**
 * Writes down that a call cannot go on, because one of its vendors is away. Its media socket is closed after that, and
 * `ResumeCall` has Twilio's own voice say so.
 */
@Injectable()
export class GiveUpCall {
  constructor(
    private readonly calls: CallStore,
    private readonly transactions: Transactions,
  ) {}

  /** @param streamToken of the socket on whose behalf it is: one that no longer carries the call ends nothing */
  async execute(callId: CallId, reason: UnavailableReason, streamToken: StreamToken): Promise<void> {
    await this.transactions.run((tx) => this.calls.beginEnding(tx, callId, reason, streamToken));
  }
}
