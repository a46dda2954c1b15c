import { Injectable } from '@nestjs/common';
import { SpokenTurnCompleted, type TurnRecord } from '@parley/contracts';
import { Outbox, Transactions } from '@parley/persistence';
import { type Call, originOf } from './call.js';
import { CallStore, type HeldStream } from './call-store.js';
import { TurnStore } from './turn-store.js';

/** Stores a finished turn once, together with its fact. */
@Injectable()
export class RecordTurn {
  constructor(
    private readonly calls: CallStore,
    private readonly turns: TurnStore,
    private readonly outbox: Outbox,
    private readonly transactions: Transactions,
  ) {}

  /**
   * @param stream the media stream of the turn; nothing is stored if a newer stream carries the call, because
   * the newer stream uses the same turn numbers
   */
  async execute(call: Call, record: TurnRecord, stream?: HeldStream): Promise<void> {
    await this.transactions.run(async (tx) => {
      if (stream && !(await this.calls.lockStream(tx, stream))) return;
      const isNew = await this.turns.add(tx, call.id, record);
      if (!isNew) return;
      await this.outbox.add(tx, { contract: SpokenTurnCompleted, data: { ...originOf(call), ...record } });
    });
  }
}
