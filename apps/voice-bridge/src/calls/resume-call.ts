import { Injectable } from '@nestjs/common';
import { Transactions } from '@parley/persistence';
import { type Call, isEndingOrOver, needsApology } from './call.js';
import { CallStore } from './call-store.js';

export type Resumption = { kind: 'hang-up' } | { kind: 'apologise'; call: Call };

/**
 * Decides what Twilio does after the media stream of a call closed: a call that we or the caller ended is hung
 * up; any other call that lost its stream gets an apology.
 */
@Injectable()
export class ResumeCall {
  constructor(
    private readonly calls: CallStore,
    private readonly transactions: Transactions,
  ) {}

  async execute(callSid: string): Promise<Resumption> {
    return this.transactions.run(async (tx) => {
      const call = await this.calls.lockBySid(tx, callSid);
      if (call && needsApology(call)) return { kind: 'apologise', call };
      if (!call || isEndingOrOver(call)) return { kind: 'hang-up' };
      await this.calls.beginEnding(tx, call.id, 'connection-lost');
      return { kind: 'apologise', call };
    });
  }
}
