import type { CallOrigin } from '@parley/contracts';
import type { CallState, LoggedMessage } from '@parley/dialogue';
import type { AgentId, CallId, ContactId, ConversationId, LaneId, MessageId, TurnId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import type { ChannelName } from '../../channel.js';
import type { OpenedThread } from '../../../conversations/conversation-log.js';

/** A call, its conversation and its lane. */
export interface LoggedCall {
  readonly callId: CallId;
  readonly conversationId: ConversationId;
  readonly contactId: ContactId;
  readonly agentId: AgentId;
  readonly laneId: LaneId;
  direction: 'inbound' | 'outbound';
  /** Whether the agent trusts the caller's number. If not, prompts contain only this call. */
  readonly seesHistory: boolean;
  /** The agent's first language. */
  readonly language: string | undefined;
}

/** A call, and the lane token with which the voice-bridge holds the call's lane. */
export interface CallLease {
  readonly callId: CallId;
  readonly laneToken: string;
}

/** The data that a spoken turn reads. */
export interface CallContext {
  readonly systemPrompt: string;
  /** The names of the tools that the agent may use. */
  readonly tools: string[];
  readonly log: LoggedMessage[];
  /** The number of the last ledger entry before the first gap in the log. */
  readonly mergedThrough: number;
}

/** The message with the person's words in a turn. */
export interface CallerMessage {
  readonly messageId: MessageId;
  readonly text: string;
  readonly receivedAt: Date;
}

/** The agent's reply in a turn, and the part of it that was heard. */
export interface HeardReply {
  readonly messageId: MessageId;
  readonly text: string;
  readonly heardText: string;
}

export interface SpokenTurn {
  readonly turnNo: number;
  readonly turnId: TurnId;
  readonly said: CallerMessage | undefined;
  readonly reply: HeardReply | undefined;
}

/** The turn that was just marked as merged. */
export interface MarkedTurn {
  /** The turn's prompt contained the unanswered texts up to this `seq`; undefined if it contained none. */
  readonly textsThroughSeq: number | undefined;
  /** The message with the person's words, if the log has it already. */
  readonly callerMessageId: MessageId | undefined;
}

/** The first numbers of new messages and of new events. */
export interface FirstNumbers {
  readonly firstSeq: number;
  readonly firstEventSeq: number;
}

/** Stores the calls of conversations, and their turns. */
export abstract class CallLog {
  abstract find(callId: CallId): Promise<LoggedCall | undefined>;
  /**
   * Stores a call with a lane of its own in the open conversation of its contact with its agent. Creates the contact and the
   * conversation where they do not exist. Returns undefined for a call that is stored. Safe to run concurrently.
   */
  abstract openCall(tx: Transaction, origin: CallOrigin): Promise<OpenedThread | undefined>;
  /** Locks the conversation: the first statement of every transaction that writes to it. */
  abstract lock(tx: Transaction, conversationId: ConversationId): Promise<void>;
  /** Leases the call's lane under this token, unless another token holds it or the call is over. */
  abstract holdLane(
    tx: Transaction,
    callId: CallId,
    laneToken: string,
  ): Promise<'held' | 'lane-lost' | 'call-over'>;
  /** Renews the lane leases of calls that are not over. */
  abstract renew(leases: readonly CallLease[]): Promise<void>;
  /** Records that a turn has begun, and the last unanswered text in its prompt. */
  abstract beginTurn(tx: Transaction, call: LoggedCall, turnNo: number, turnId: TurnId): Promise<void>;
  /** Marks a turn as merged into the log. Returns undefined if it was marked before. */
  abstract markMerged(
    tx: Transaction,
    callId: CallId,
    turnNo: number,
    turnId: TurnId,
  ): Promise<MarkedTurn | undefined>;
  /** Returns whether the log has the person's message of this turn. */
  abstract hasCallerMessage(tx: Transaction, callId: CallId, turnNo: number): Promise<boolean>;
  /** Corrects the person's message of a turn, which the log got before the turn ended. */
  abstract correctCallerMessage(tx: Transaction, said: CallerMessage): Promise<void>;
  /** Adds the messages of a turn to the log, and reserves numbers for `events` events. */
  abstract append(tx: Transaction, call: LoggedCall, turn: SpokenTurn, events: number): Promise<FirstNumbers>;
  /**
   * Marks the texts up to `throughSeq` as answered. Ends and returns the text turn that had begun to answer
   * them, if any.
   */
  abstract endTexts(
    tx: Transaction,
    conversationId: ConversationId,
    throughSeq: number,
  ): Promise<{ turnId: TurnId; channel: ChannelName } | undefined>;
  /** Reads what the turn's prompt needs of the conversation. */
  abstract contextOf(
    call: LoggedCall,
    turnId: TurnId,
    maxMessages: number,
    tx?: Transaction,
  ): Promise<CallContext>;
  /** Raises the state of a call and numbers the event. Returns undefined if the call has this state or a later one. */
  abstract raiseState(
    tx: Transaction,
    call: LoggedCall,
    state: CallState,
    turnCount: number | undefined,
  ): Promise<{ eventSeq: number } | undefined>;
  /**
   * Releases the lane of a call that is over and whose turns are all in the log. Returns whether it released
   * the lane.
   */
  abstract releaseLane(tx: Transaction, callId: CallId): Promise<boolean>;
}
