import { Injectable } from '@nestjs/common';
import type { CallId } from '@parley/kernel';
import { Transactions } from '@parley/persistence';
import type { Call, EndReason } from './call.js';
import { CallControl } from './call-control.js';
import { CallStore, type StreamToken } from './call-store.js';
import { EndCall } from './end-call.js';

/** Ends a call from our side. The row changes first, so that no webhook of Twilio answers the call again. */
@Injectable()
export class HangUpCall {
  constructor(
    private readonly calls: CallStore,
    private readonly control: CallControl,
    private readonly endCall: EndCall,
    private readonly transactions: Transactions,
  ) {}

  /**
   * Hangs up the call; may be repeated. Returns the call as it was before the request to Twilio, or undefined if the
   * call is unknown.
   * @param streamToken of the media stream that ends the call; ignored if a newer stream carries the call
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
