import { Injectable } from '@nestjs/common';
import type { CallId } from '@parley/kernel';
import { Transactions } from '@parley/persistence';
import type { Call, EndReason } from './call.js';
import { CallControl } from './call-control.js';
import { CallStore, type StreamToken } from './call-store.js';
import { EndCall } from './end-call.js';

/** Our side ends a call. The row first: whatever Twilio asks then, it is not answered again. */
@Injectable()
export class HangUpCall {
  constructor(
    private readonly calls: CallStore,
    private readonly control: CallControl,
    private readonly endCall: EndCall,
    private readonly transactions: Transactions,
  ) {}

  /**
   * Undefined when there is no such call; otherwise the call as it was when Twilio was told. Doing it again is fine.
   * @param streamToken of the socket on whose behalf it is: one that no longer carries the call ends nothing
   */
  async execute(callId: CallId, reason: EndReason, streamToken?: StreamToken): Promise<Call | undefined> {
    const call = await this.transactions.run(async (tx) => {
      await this.calls.beginEnding(tx, callId, reason, streamToken);
      return this.calls.lock(tx, callId);
    });
    if (call?.status !== 'ending') return call;
    await this.control.complete(call.callSid);
    await this.endCall.execute(callId, reason, new Date());
    return call;
  }
}
