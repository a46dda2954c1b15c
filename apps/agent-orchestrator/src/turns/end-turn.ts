import { Inject, Injectable } from '@nestjs/common';
import { TurnCompleted, TurnFailed } from '@parley/contracts';
import { APOLOGY_WINDOW_MS, isSupersededByNewer } from '@parley/dialogue';
import { afterCommit, Outbox, Transactions, type OutboxMessage, type Transaction } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { conversationEvent } from '../conversations/conversation-event.js';
import { deliveryAndEventOf } from '../conversations/queued-message.js';
import { REPLY_VALID_FOR_MS } from '../replies/reply-policy.js';
import { Lanes, type LeasedTurn, type Reply, type TurnContext, type EndedTurn } from './lanes.js';
import { TurnSignals } from '../conversations/turn-signals.js';
import { TEXT_TURN_POLICY, type TextTurnPolicy } from './text-turn-policy.js';

/** How a turn is to end, unless it is superseded. */
export type TurnEnding =
  | { kind: 'answer'; text: string }
  /** A hint that is sent once in a while. */
  | { kind: 'hint'; text: string }
  | { kind: 'no-reply' }
  | { kind: 'failure'; reason: 'model-error' | 'model-timeout' | 'abandoned' };

/** The outcome of `EndTurn`. With `superseded` (by a newer message) and `lease-lost`, the turn has not ended. */
export type TurnOutcome = 'replied' | 'no-reply' | 'apologised' | 'failed' | 'superseded' | 'lease-lost';

/**
 * Ends a turn in one transaction: stores its reply, delivery and events and frees its lane, if this process still holds
 * the lease and no newer message supersedes the draft. Otherwise it drops the draft, and the turn is due again. A turn
 * that was superseded often enough ends all the same, and the next turn answers the newer messages.
 */
@Injectable()
export class EndTurn {
  constructor(
    private readonly transactions: Transactions,
    private readonly lanes: Lanes,
    private readonly outbox: Outbox,
    private readonly signals: TurnSignals,
    @Inject(TEXT_TURN_POLICY) private readonly policy: TextTurnPolicy,
  ) {}

  execute(turn: LeasedTurn, context: TurnContext, ending: TurnEnding): Promise<TurnOutcome> {
    return this.transactions.run(async (tx) => {
      const reply = await this.#replyOf(tx, turn, context, ending);
      const evenIfSuperseded = !isSupersededByNewer(turn.burst, this.policy.bursts, performance.now());
      // The event of the reply, if any, and then `TurnCompleted` or `TurnFailed`.
      const events = reply ? 2 : 1;
      const end = await this.lanes.end(tx, turn, reply, events, evenIfSuperseded);
      if (!end) return (await this.lanes.giveBack(tx, turn, true)) ? 'superseded' : 'lease-lost';
      if (end.isMoreDue) afterCommit(tx, () => this.signals.turnDue());
      await this.outbox.add(tx, ...messagesOf(turn, context, ending, reply, end));
      return outcomeOf(ending, reply);
    });
  }

  /**
   * Makes the turn due again at once, for any replica, without counting this attempt. `isRerun` says that a
   * newer message superseded the turn. Returns false if this process had lost the lease.
   */
  giveBack(turn: LeasedTurn, { isRerun }: { isRerun: boolean }): Promise<boolean> {
    return this.transactions.run((tx) => this.lanes.giveBack(tx, turn, isRerun));
  }

  /** A failed turn apologises. An apology or a hint is left out if the conversation got one within `APOLOGY_WINDOW_MS`. */
  async #replyOf(
    tx: Transaction,
    turn: LeasedTurn,
    { channel, threadId, apology }: TurnContext,
    ending: TurnEnding,
  ): Promise<Reply | undefined> {
    const address = { messageId: newId('msg'), channel: channel.name, threadId };
    if (ending.kind === 'answer') return { ...address, kind: 'answer', text: ending.text };
    if (ending.kind === 'no-reply') return undefined;
    const kind = ending.kind === 'hint' ? 'hint' : 'apology';
    if (await this.lanes.hasSent(tx, turn.conversationId, kind, APOLOGY_WINDOW_MS)) return undefined;
    return { ...address, kind, text: ending.kind === 'hint' ? ending.text : apology };
  }
}

function messagesOf(
  turn: LeasedTurn,
  { channel }: TurnContext,
  ending: TurnEnding,
  reply: Reply | undefined,
  end: EndedTurn,
): OutboxMessage[] {
  const now = new Date();
  const at = now.toISOString();
  const { conversationId, turnId } = turn;
  const about = { conversationId, turnId, channel: channel.name };
  const lastEventSeq = end.firstEventSeq + (reply ? 1 : 0);
  const ended =
    ending.kind === 'failure'
      ? conversationEvent(TurnFailed, lastEventSeq, { ...about, reason: ending.reason, failedAt: at })
      : conversationEvent(TurnCompleted, lastEventSeq, {
          ...about,
          ...(reply ? { outcome: 'replied', messageId: reply.messageId } : { outcome: 'no-reply' }),
          completedAt: at,
        });
  if (!reply || end.seq === undefined) return [ended];
  const validUntil = new Date(now.getTime() + REPLY_VALID_FOR_MS).toISOString();
  const queued = { ...reply, conversationId, turnId, author: 'agent' as const, validUntil };
  const numbers = { seq: end.seq, eventSeq: end.firstEventSeq, follows: end.follows };
  return [...deliveryAndEventOf(channel, queued, numbers), ended];
}

function outcomeOf(ending: TurnEnding, reply: Reply | undefined): TurnOutcome {
  if (ending.kind === 'answer') return 'replied';
  if (ending.kind === 'hint') return reply ? 'replied' : 'no-reply';
  if (ending.kind === 'no-reply') return 'no-reply';
  return reply ? 'apologised' : 'failed';
}
