import type { Burst, LoggedMessage } from '@parley/dialogue';
import type { ContactId, ConversationId, LaneId, MessageId, ThreadId, TurnId } from '@parley/kernel';
import type { DueQuery, Transaction } from '@parley/persistence';
import type { ChannelName, TextChannel } from '../channels/channel.js';

/** A turn that this process holds until its lease runs out. */
export interface LeasedTurn {
  laneId: LaneId;
  conversationId: ConversationId;
  turnId: TurnId;
  /** Random: whoever leases the lane after us has another. */
  leaseToken: string;
  /** The newest inbound message this turn answers. */
  readSeq: number;
  /** Whether it used a tool: then nothing newer supersedes it any more. Set as soon as that is written down. */
  hasActed: boolean;
  /** How often this turn was leased, this time included; leases that were given back are not counted. */
  attempt: number;
  /** What it answers, in the time of this process's monotonic clock (`performance.now()`). */
  burst: Burst;
}

/** A lease that was just taken; the first of a turn has the number of the event that the turn started. */
export interface Claim extends LeasedTurn {
  channel: ChannelName;
  started?: { eventSeq: number };
}

export interface DueLanes {
  locked: LaneId[];
  /** How many more are due while another transaction writes to their conversation: worth another look soon. */
  busy: number;
}

/** What a turn knows of its conversation. */
export interface TurnContext {
  systemPrompt: string;
  /** What the agent texts when it cannot answer. */
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

/** What goes into the log when a turn ends. */
export interface Reply {
  messageId: MessageId;
  kind: 'answer' | 'apology';
  channel: ChannelName;
  threadId: ThreadId;
  text: string;
}

/** Numbers given out with the end of a turn. */
export interface TurnEnd {
  /** The reply's place in the log; undefined when nothing is said. */
  seq?: number;
  /** What was said on the reply's thread before it. */
  follows?: MessageId | undefined;
  /** The first of the event numbers reserved for this end. */
  firstEventSeq: number;
  /** A text that came in meanwhile is not answered yet: the next turn is due. */
  isMoreDue: boolean;
}

/** Where turns are exclusive: whose turn is due, who works on it, and up to where a conversation is answered. */
export abstract class Lanes {
  /** When the next turn is due. */
  abstract dueAt(): DueQuery;
  /** Lanes whose turn is due, each with its conversation locked until the transaction ends, longest due first. */
  abstract lockDue(tx: Transaction, limit: number): Promise<DueLanes>;
  /** Leases those of the locked lanes that are still due and counts the attempt. */
  abstract lease(tx: Transaction, laneIds: readonly LaneId[]): Promise<Claim[]>;
  /** Extends leases. Answers, by the tokens that are still ours, the newest message that is to be answered. */
  abstract renew(turns: readonly LeasedTurn[]): Promise<ReadonlyMap<string, number>>;
  /** What the model needs to know, read without any lock. */
  abstract contextOf(turn: LeasedTurn, maxMessages: number): Promise<TurnContext>;
  /**
   * Locks the conversation and lets the turn use a tool. False when the lease is not ours any more, a person took over, or,
   * unless the turn has used one before or its reply is to be said even so, a newer message came in.
   */
  abstract act(tx: Transaction, turn: LeasedTurn, evenIfOutdated: boolean): Promise<boolean>;
  /** Locks the conversation and tells whether it heard an apology within this time. */
  abstract hasApologised(tx: Transaction, conversationId: ConversationId, withinMs: number): Promise<boolean>;
  /**
   * Locks the conversation, ends the turn, adds its reply to the log and reserves numbers for `events` events. Undefined,
   * and nothing changed, when the lease is not ours any more, a person took over, or, unless the turn used a tool or its
   * reply is to be said even so, a newer message came in.
   */
  abstract end(
    tx: Transaction,
    turn: LeasedTurn,
    reply: Reply | undefined,
    events: number,
    evenIfOutdated: boolean,
  ): Promise<TurnEnd | undefined>;
  /**
   * Locks the conversation and gives the lease and the attempt back: the turn is due at once. False when the lease was not
   * ours any more. `isRerun`: its draft was dropped for something newer, which is counted.
   */
  abstract giveBack(tx: Transaction, turn: LeasedTurn, isRerun: boolean): Promise<boolean>;
}
