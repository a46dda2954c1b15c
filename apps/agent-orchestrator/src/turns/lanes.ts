import type { Burst, LoggedMessage } from '@parley/dialogue';
import type { ContactId, ConversationId, LaneId, MessageId, ThreadId, TurnId } from '@parley/kernel';
import type { DueQuery, Transaction } from '@parley/persistence';
import type { ChannelName, TextChannel } from '../channels/channel.js';
import type { TextRecipients, UnansweredText } from '../intents/intent-scene.js';

/** A turn that this process holds until its lease ends. */
export interface LeasedTurn {
  readonly laneId: LaneId;
  readonly conversationId: ConversationId;
  readonly turnId: TurnId;
  /** The fence: a random token, new for each lease. */
  readonly leaseToken: string;
  /** The newest inbound message that this turn answers. */
  readonly readSeq: number;
  /** Whether the turn used a tool. From then on no newer message supersedes it. */
  hasUsedTool: boolean;
  /** The number of this lease of the turn, from 1. A lease that was given back does not count. */
  readonly attempt: number;
  /** The texts that the turn answers. Times are those of `performance.now()` in this process. */
  readonly burst: Burst;
}

/**
 * A turn that was just leased. `started` is set for the first lease of a turn, with the number of its event
 * `TurnStarted`.
 */
export interface Claim extends LeasedTurn {
  channel: ChannelName;
  readonly started?: { eventSeq: number };
}

export interface DueLanes {
  readonly locked: LaneId[];
  /** The number of other due lanes, whose conversations another transaction has locked. They can be claimed soon. */
  readonly busy: number;
}

/** The parts of a conversation that a turn reads. */
export interface TurnContext {
  readonly systemPrompt: string;
  /** The agent's apology for a failed turn. */
  readonly apology: string;
  /** The channel of the newest message that the turn answers. */
  channel: TextChannel;
  /** The thread of that message. The reply is sent on it. */
  readonly threadId: ThreadId;
  readonly contactId: ContactId;
  /** The names of the tools that the agent may use. */
  readonly tools: string[];
  /** The texts that the turn answers and that stand on this thread. */
  readonly unanswered: readonly UnansweredText[];
  /** Whether the agent talks only to people whose phone is verified. */
  readonly isVerificationRequired: boolean;
  readonly recipients: TextRecipients;
  /** The newest messages that the turn may read, in the order of the log. */
  readonly log: LoggedMessage[];
}

/** What a reply is. An apology or a hint is not repeated within `APOLOGY_WINDOW_MS`. */
export type ReplyKind = 'answer' | 'apology' | 'hint';

/** The message that a turn ends with. */
export interface Reply {
  readonly messageId: MessageId;
  readonly kind: ReplyKind;
  channel: ChannelName;
  readonly threadId: ThreadId;
  readonly text: string;
}

/** What was stored when a turn ended. */
export interface EndedTurn {
  /** The `seq` of the reply; undefined without a reply. */
  seq?: number;
  /** The outbound message before the reply on its thread. */
  readonly follows?: MessageId | undefined;
  /** The first of the event numbers that were reserved. */
  readonly firstEventSeq: number;
  /** Whether a message arrived during the turn, so that the next turn is due. */
  readonly isMoreDue: boolean;
}

/**
 * Stores which turns are due, which process holds each, and up to which message it answers. In each lane one
 * turn runs at a time.
 */
export abstract class Lanes {
  /** Returns the query for the time at which the next turn is due. */
  abstract dueAt(): DueQuery;
  /** Finds lanes whose turn is due, the longest waiting first, and locks their conversations. */
  abstract lockDue(tx: Transaction, limit: number): Promise<DueLanes>;
  /** Leases the locked lanes whose turn is still due, and counts the attempt. */
  abstract lease(tx: Transaction, laneIds: readonly LaneId[]): Promise<Claim[]>;
  /**
   * Renews leases. Returns, for each lease that is still held, its token and the `seq` of the newest message
   * to answer.
   */
  abstract renew(turns: readonly LeasedTurn[]): Promise<ReadonlyMap<string, number>>;
  /** Reads what the model needs, without any lock. */
  abstract contextOf(turn: LeasedTurn, maxMessages: number): Promise<TurnContext>;
  /**
   * Locks the conversation and lets the turn use a tool. Returns false if this process lost the lease, if an operator
   * took over, or if a newer message supersedes the turn. No message does so after the turn's first tool use or with
   * `evenIfSuperseded`.
   */
  abstract beginToolUse(tx: Transaction, turn: LeasedTurn, evenIfSuperseded: boolean): Promise<boolean>;
  /** Locks the conversation and returns whether it got such a message in the last `withinMs`. */
  abstract hasSent(
    tx: Transaction,
    conversationId: ConversationId,
    kind: Exclude<ReplyKind, 'answer'>,
    withinMs: number,
  ): Promise<boolean>;
  /**
   * Locks the conversation, ends the turn, adds its reply to the log and reserves numbers for `events`
   * events. Changes nothing and returns undefined in the cases in which `beginToolUse` returns false.
   */
  abstract end(
    tx: Transaction,
    turn: LeasedTurn,
    reply: Reply | undefined,
    events: number,
    evenIfSuperseded: boolean,
  ): Promise<EndedTurn | undefined>;
  /**
   * Locks the conversation and ends the lease without counting the attempt, so that the turn is due at once.
   * `isRerun` counts that a newer message superseded the turn. Returns false if this process had lost the
   * lease.
   */
  abstract giveBack(tx: Transaction, turn: LeasedTurn, isRerun: boolean): Promise<boolean>;
}
