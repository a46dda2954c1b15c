import { Injectable } from '@nestjs/common';
import type { SpokenTurnCompleted } from '@parley/contracts';
import { Inbox, type Receipt, Transactions } from '@parley/persistence';
import { CallLog } from './call-log.js';
import { MergeTurns } from './merge-turns.js';
import { OpenCall } from './open-call.js';

/** Merges a ledger entry that arrives as a fact. Usually a later turn's request has already added it to the log. */
@Injectable()
export class RecordSpokenTurn {
  constructor(
    private readonly transactions: Transactions,
    private readonly inbox: Inbox,
    private readonly calls: CallLog,
    private readonly openCall: OpenCall,
    private readonly mergeTurns: MergeTurns,
  ) {}

  async execute(
    turn: SpokenTurnCompleted,
    { consumer, eventId }: Receipt,
  ): Promise<{ kind: 'merged' } | { kind: 'ignored'; reason: 'event-seen-before' }> {
    const call = await this.openCall.execute(turn);
    return this.transactions.run(async (tx) => {
      await this.calls.lock(tx, call.conversationId);
      if (!(await this.inbox.once(tx, consumer, eventId))) {
        return { kind: 'ignored', reason: 'event-seen-before' };
      }
      await this.mergeTurns.execute(tx, call, [turn]);
      return { kind: 'merged' };
    });
  }
}
