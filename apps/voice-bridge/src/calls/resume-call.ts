import { Injectable } from '@nestjs/common';
import { Transactions } from '@parley/persistence';
import { type Call, isOver, owesApology } from './call.js';
import { CallStore } from './call-store.js';

export type Resumption = { kind: 'hang-up' } | { kind: 'apologise'; call: Call };

/**
 * Decides how a call goes on after its media stream closed. A call that we ended is hung up. A call that broke, was given
 * up, or lost its process gets an apology.
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
      if (call && owesApology(call)) return { kind: 'apologise', call };
      if (!call || isOver(call)) return { kind: 'hang-up' };
      await this.calls.beginEnding(tx, call.id, 'connection-lost');
      return { kind: 'apologise', call };
    });
  }
}
