import { Injectable } from '@nestjs/common';
import { Transactions } from '@parley/persistence';
import { type Call, isGivenUp, isOver } from './call.js';
import { CallStore } from './call-store.js';

export type Resumption = { kind: 'hang-up' } | { kind: 'apologise'; call: Call };

/**
 * Twilio asks how a call goes on whose media socket is gone. One that was ended by us is not answered again; of one
 * that broke, or was given up, the caller hears that it did.
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
      if (call && isGivenUp(call)) return { kind: 'apologise', call };
      if (!call || isOver(call)) return { kind: 'hang-up' };
      await this.calls.beginEnding(tx, call.id, 'connection-lost');
      return { kind: 'apologise', call };
    });
  }
}
