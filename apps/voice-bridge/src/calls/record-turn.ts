import { Injectable } from '@nestjs/common';
import { SpokenTurnCompleted, type TurnRecord } from '@parley/contracts';
import { Outbox, Transactions } from '@parley/persistence';
import { type Call, originOf } from './call.js';
import { CallStore, type HeldStream } from './call-store.js';
import { TurnStore } from './turn-store.js';

/** Writes down a turn that is over, once, with the fact of it. */
@Injectable()
export class RecordTurn {
  constructor(
    private readonly calls: CallStore,
    private readonly turns: TurnStore,
    private readonly outbox: Outbox,
    private readonly transactions: Transactions,
  ) {}

  /** A socket that has been succeeded keeps nothing: its successor gives out the same numbers. */
  async execute(call: Call, record: TurnRecord, stream?: HeldStream): Promise<void> {
    await this.transactions.run(async (tx) => {
      if (stream && !(await this.calls.lockStream(tx, stream))) return;
      const isNew = await this.turns.add(tx, call.id, record);
      if (!isNew) return;
      await this.outbox.add(tx, { contract: SpokenTurnCompleted, data: { ...originOf(call), ...record } });
    });
  }
}
