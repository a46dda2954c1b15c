import { Injectable } from '@nestjs/common';
import type { SpokenTurnCompleted } from '@parley/contracts';
import { Inbox, Transactions } from '@parley/persistence';
import type { Receipt } from '../../../conversations/receipt.js';
import { CallLog } from './call-log.js';
import { MergeTurns } from './merge-turns.js';
import { OpenCall } from './open-call.js';

/** Merges a ledger entry that came as a fact. Mostly it is in the log already, by the request of a later turn. */
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
    const place = await this.openCall.execute(turn);
    return this.transactions.run(async (tx) => {
      await this.calls.lock(tx, place.conversationId);
      if (!(await this.inbox.once(tx, consumer, eventId))) {
        return { kind: 'ignored', reason: 'event-seen-before' };
      }
      await this.mergeTurns.execute(tx, place, [turn]);
      return { kind: 'merged' };
    });
  }
}
