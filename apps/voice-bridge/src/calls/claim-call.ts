import { Injectable } from '@nestjs/common';
import { CallStateChanged } from '@parley/contracts';
import { Outbox, Transactions } from '@parley/persistence';
import { type Call, originOf } from './call.js';
import { CallStore, type ClaimedStream, type HeldStream } from './call-store.js';

/** Lets a media stream claim its call: the first stream answers the call, a later one takes it over. */
@Injectable()
export class ClaimCall {
  constructor(
    private readonly calls: CallStore,
    private readonly outbox: Outbox,
    private readonly transactions: Transactions,
  ) {}

  /** Returns undefined if the CallSid belongs to another call, or if the call is over. */
  async execute(call: Call, callSid: string, stream: HeldStream): Promise<ClaimedStream | undefined> {
    return this.transactions.run(async (tx) => {
      const claimed = await this.calls.claim(tx, call.id, callSid, stream.streamToken);
      if (claimed?.streamNo === 1) {
        const occurredAt = (claimed.call.answeredAt ?? new Date()).toISOString();
        const data = { ...originOf(claimed.call), state: 'answered' as const, occurredAt };
        await this.outbox.add(tx, { contract: CallStateChanged, data });
      }
      return claimed;
    });
  }
}
