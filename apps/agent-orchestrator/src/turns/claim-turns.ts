import { Injectable } from '@nestjs/common';
import { TurnStarted } from '@parley/contracts';
import { type DueQuery, Outbox, Transactions } from '@parley/persistence';
import { conversationEvent } from '../conversations/conversation-event.js';
import { Lanes, type Claim } from './lanes.js';

export interface ClaimedTurns {
  readonly turns: Claim[];
  /** Whether more turns are due than were claimed, so that another claim should follow soon. */
  readonly isMoreDue: boolean;
}

/** Leases due turns. The first lease of a turn publishes `TurnStarted` in its own transaction. */
@Injectable()
export class ClaimTurns {
  constructor(
    private readonly transactions: Transactions,
    private readonly lanes: Lanes,
    private readonly outbox: Outbox,
  ) {}

  /** Returns the query for the time at which the next turn is due. */
  dueAt(): DueQuery {
    return this.lanes.dueAt();
  }

  execute(limit: number): Promise<ClaimedTurns> {
    return this.transactions.run(async (tx) => {
      const { locked, busy } = await this.lanes.lockDue(tx, limit);
      if (locked.length === 0) return { turns: [], isMoreDue: busy > 0 };
      const turns = await this.lanes.lease(tx, locked);
      const started = turns.flatMap(startedEventOf);
      if (started.length > 0) await this.outbox.add(tx, ...started);
      return { turns, isMoreDue: busy > 0 || locked.length === limit };
    });
  }
}

function startedEventOf({ started, conversationId, turnId, channel }: Claim) {
  if (!started) return [];
  const startedAt = new Date().toISOString();
  return [
    conversationEvent(TurnStarted, started.eventSeq, {
      conversationId,
      turnId,
      channel,
      startedAt,
    }),
  ];
}
