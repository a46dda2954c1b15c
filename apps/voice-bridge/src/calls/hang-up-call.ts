import { Injectable } from '@nestjs/common';
import type { CallId } from '@parley/kernel';
import { Transactions } from '@parley/persistence';
import type { Call } from './call.js';
import { CallControl } from './call-control.js';
import { CallStore } from './call-store.js';

/** Ends a call because somebody asked for it. The row first: whatever Twilio asks then, it is not answered again. */
@Injectable()
export class HangUpCallByRequest {
  constructor(
    private readonly calls: CallStore,
    private readonly control: CallControl,
    private readonly transactions: Transactions,
  ) {}

  /** Undefined when there is no such call. Doing it again is fine. */
  async execute(callId: CallId): Promise<Call | undefined> {
    const call = await this.transactions.run(async (tx) => {
      await this.calls.beginEnding(tx, callId, 'hung-up-by-request');
      return this.calls.lock(tx, callId);
    });
    if (call?.status === 'ending') await this.control.complete(call.callSid);
    return call;
  }
}
