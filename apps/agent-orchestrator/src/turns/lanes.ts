import type { Burst, LoggedMessage } from '@parley/dialogue';
import type { ContactId, ConversationId, LaneId, MessageId, ThreadId, TurnId } from '@parley/kernel';
import type { DueQuery, Transaction } from '@parley/persistence';
import type { ChannelName, TextChannel } from '../channels/channel.js';

/** A turn that this process holds until its lease ends. */
export interface LeasedTurn {
  laneId: LaneId;
  conversationId: ConversationId;
  turnId: TurnId;
  /** The fence: random, so the next holder of the lane has another. */
  leaseToken: string;
  /** The newest inbound message that this turn answers. */
  readSeq: number;
  /** Whether it used a tool; from then on no newer message supersedes it. Set once the step is recorded. */
  hasUsedTool: boolean;
  /** Counts the leases of this turn, without those that were given back. */
  attempt: number;
  /** The texts that it answers, in times of this process's monotonic clock (`performance.now()`). */
  burst: Burst;
}

/** A lease that was just taken; the first of a turn has the number of the event that the turn started. */
export interface Claim extends LeasedTurn {
  channel: ChannelName;
  started?: { eventSeq: number };
}

export interface DueLanes {
  locked: LaneId[];
  /** How many more are due, but another transaction has locked their conversation: they can be claimed soon. */
  busy: number;
}

/** What a turn needs of its conversation. */
export interface TurnContext {
  systemPrompt: string;
  /** The agent's apology for a failed turn. */
  apology: string;
  /** That of the newest message that is answered, … */
  channel: TextChannel;
  /** … and its thread: the reply goes there. */
  threadId: ThreadId;
  contactId: ContactId;
  /** The names of the tools the agent may use. */
  tools: string[];
  /** The newest messages up to the one that is answered, in the order of the log. */
  log: LoggedMessage[];
}

/** The message that a turn ends with. */
export interface Reply {
  messageId: MessageId;
  kind: 'answer' | 'apology';
  channel: ChannelName;
  threadId: ThreadId;
  text: string;
}

/** The numbers that the end of a turn got. */
export interface TurnEnd {
  /** The number of the reply in the log; undefined without a reply. */
  seq?: number;
  /** The outbound message before it on its thread. */
  follows?: MessageId | undefined;
  /** The first of the event numbers reserved for this end. */
  firstEventSeq: number;
  /** Whether a message arrived meanwhile, so that the next turn is due. */
  isMoreDue: boolean;
}

/** In each lane one turn runs at a time. Stores which turn is due, who holds it, and which message is answered. */
export abstract class Lanes {
  /** When the next turn is due. */
  abstract dueAt(): DueQuery;
  /** Finds lanes whose turn is due, those first that wait longest, and locks their conversations. */
  abstract lockDue(tx: Transaction, limit: number): Promise<DueLanes>;
  /** Leases those of the locked lanes whose turn is still due, and counts the attempt. */
  abstract lease(tx: Transaction, laneIds: readonly LaneId[]): Promise<Claim[]>;
  /** Renews leases. Returns, for each token that still holds its lane, the newest message that needs an answer. */
  abstract renew(turns: readonly LeasedTurn[]): Promise<ReadonlyMap<string, number>>;
  /** Reads what the model needs, without any lock. */
  abstract contextOf(turn: LeasedTurn, maxMessages: number): Promise<TurnContext>;
  /**
   * Locks the conversation and lets the turn use a tool. False if this process lost the lease, a person took over, or a newer
   * message supersedes the turn: not if it used a tool before, and not if `evenIfSuperseded`.
   */
  abstract beginToolUse(tx: Transaction, turn: LeasedTurn, evenIfSuperseded: boolean): Promise<boolean>;
  /** Locks the conversation and finds out whether it got an apology within this time. */
  abstract hasApologised(tx: Transaction, conversationId: ConversationId, withinMs: number): Promise<boolean>;
  /**
   * Locks the conversation, ends the turn, adds its reply to the log and reserves numbers for `events` events. Undefined, and
   * nothing changed, in the cases of `beginToolUse`.
   */
  abstract end(
    tx: Transaction,
    turn: LeasedTurn,
    reply: Reply | undefined,
    events: number,
    evenIfSuperseded: boolean,
  ): Promise<TurnEnd | undefined>;
  /**
   * Locks the conversation and gives the lease and the attempt back, so that the turn is due at once. False if this process
   * had lost the lease. `isRerun`: counts that a newer message superseded the draft.
   */
  abstract giveBack(tx: Transaction, turn: LeasedTurn, isRerun: boolean): Promise<boolean>;
}
