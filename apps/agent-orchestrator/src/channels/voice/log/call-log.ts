import type { CallOrigin } from '@parley/contracts';
import type { CallState, LoggedMessage } from '@parley/dialogue';
import type { AgentId, CallId, ContactId, ConversationId, LaneId, MessageId, TurnId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import type { ChannelName } from '../../channel.js';
import type { NewConversation } from '../../../conversations/conversation-log.js';

/** Where a call's words go. */
export interface CallPlace {
  callId: CallId;
  conversationId: ConversationId;
  contactId: ContactId;
  agentId: AgentId;
  laneId: LaneId;
  direction: 'inbound' | 'outbound';
  /** Whether the agent takes the caller for the person whose number it is: else it knows nothing but the call. */
  seesHistory: boolean;
  /** The agent's first one. */
  language: string | undefined;
}

export interface LiveLease {
  callId: CallId;
  laneToken: string;
}

/** What the agent knows when it is to speak. */
export interface CallContext {
  systemPrompt: string;
  /** The names of the tools the agent may use. */
  tools: string[];
  log: LoggedMessage[];
  /** All entries of the call's ledger up to this one are in the log. */
  mergedThrough: number;
}

/** What the person said in a turn. */
export interface SaidMessage {
  messageId: MessageId;
  text: string;
  receivedAt: Date;
}

/** The agent's reply in a turn, and what of it was heard. */
export interface SpokenReply {
  messageId: MessageId;
  text: string;
  heardText: string;
}

export interface SpokenTurn {
  turnNo: number;
  turnId: TurnId;
  said: SaidMessage | undefined;
  reply: SpokenReply | undefined;
}

/** A turn that was marked as merged. */
export interface MarkedTurn {
  /** Up to here, the turn's prompt held the texts that need an answer; undefined where it held none. */
  textsThroughSeq: number | undefined;
  /** The message of what the person said, if the log has it already. */
  saidMessageId: MessageId | undefined;
}

/** The first of the numbers given out to messages and events. */
export interface Numbers {
  firstSeq: number;
  firstEventSeq: number;
}

/** Calls in the record of who said what. */
export abstract class CallLog {
  abstract placeOf(callId: CallId): Promise<CallPlace | undefined>;
  /**
   * Gives a call its place: the contact of its number, their open conversation with its agent and a lane of its own.
   * Safe against others who do the same at the same time. Says so when a conversation began.
   */
  abstract openCall(tx: Transaction, origin: CallOrigin): Promise<NewConversation | undefined>;
  /** Takes the conversation's lock: the first statement of every transaction that writes to it. */
  abstract lock(tx: Transaction, conversationId: ConversationId): Promise<void>;
  /** Leases the call's lane under this token, or says why not: somebody else has it, or the call is over. */
  abstract holdLane(
    tx: Transaction,
    callId: CallId,
    laneToken: string,
  ): Promise<'held' | 'lane-lost' | 'call-over'>;
  /** Extends the leases of calls that go on. */
  abstract renew(leases: readonly LiveLease[]): Promise<void>;
  /** Notes that a turn is under way, and up to where its prompt holds the texts that are to be answered. */
  abstract beginTurn(tx: Transaction, place: CallPlace, turnNo: number, turnId: TurnId): Promise<void>;
  /** Marks a turn as in the log. Undefined if it was marked before. */
  abstract markMerged(
    tx: Transaction,
    callId: CallId,
    turnNo: number,
    turnId: TurnId,
  ): Promise<MarkedTurn | undefined>;
  /** Whether the log has what the person said in this turn. */
  abstract hasSaid(tx: Transaction, callId: CallId, turnNo: number): Promise<boolean>;
  /** Corrects what the person said in a turn, which the log got before the turn ended. */
  abstract correctSaid(tx: Transaction, said: SaidMessage): Promise<void>;
  /** Adds what was said in a turn to the log and reserves numbers for `events` events. */
  abstract append(tx: Transaction, place: CallPlace, turn: SpokenTurn, events: number): Promise<Numbers>;
  /**
   * The texts up to this one need no further answer. Returns the turn of texts that this ended, if one had begun.
   */
  abstract endTexts(
    tx: Transaction,
    conversationId: ConversationId,
    throughSeq: number,
  ): Promise<{ turnId: TurnId; channel: ChannelName } | undefined>;
  /** What the agent knows before this turn, with those texts marked that are still to be answered. */
  abstract contextOf(
    place: CallPlace,
    turnId: TurnId,
    maxMessages: number,
    tx?: Transaction,
  ): Promise<CallContext>;
  /** Takes a call further and numbers the event of it. Undefined when it had already come as far. */
  abstract raiseState(
    tx: Transaction,
    place: CallPlace,
    state: CallState,
    turnCount: number | undefined,
  ): Promise<{ eventSeq: number } | undefined>;
  /** Lets the lane of a call go that is over and whose turns are all in the log. False when it is not, or was let go. */
  abstract releaseLane(tx: Transaction, callId: CallId): Promise<boolean>;
}
