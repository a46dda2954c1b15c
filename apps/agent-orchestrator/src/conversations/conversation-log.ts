import type { AnsweredBy, InboundMedia } from '@parley/contracts';
import type { OutboundStatus } from '@parley/dialogue';
import type {
  AgentId,
  ContactId,
  ConversationId,
  E164,
  LaneId,
  MessageId,
  ThreadId,
  TurnId,
} from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import type { ChannelName, Identity, IdentityKind } from '../channels/channel.js';

/** The lane in which a conversation's texts are answered. */
export interface TextLane {
  conversationId: ConversationId;
  laneId: LaneId;
}

/** A thread, and our number on it; undefined where its messages do not name that number. */
export interface ThreadEnds {
  threadId: ThreadId;
  line: E164 | undefined;
}

/** A thread that may be new, and the person on it. */
export interface NewThread extends ThreadEnds {
  channel: ChannelName;
  person: Identity;
}

/** A conversation's lane, its contact, and the thread on which they last wrote, if there is any. */
export interface ReachableContact extends TextLane {
  contactId: ContactId;
  thread: { threadId: ThreadId; channel: ChannelName } | undefined;
}

/** A conversation that has just begun. */
export interface NewConversation {
  conversationId: ConversationId;
  contactId: ContactId;
  agentId: AgentId;
  createdAt: Date;
}

/** A message from the contact, as it is added to the log. */
export interface InboundMessage {
  messageId: MessageId;
  channel: ChannelName;
  threadId: ThreadId;
  /** Its number within the thread. */
  threadSeq: number;
  text: string;
  media: readonly InboundMedia[];
  /** Set for a message that is only logged: who answered it already, or `nobody`. */
  answeredBy: AnsweredBy | undefined;
  /** The channel's own id of the message; the log stores each once. */
  providerMessageId: string;
  receivedAt: Date;
}

/** A message to the contact that is not a turn's reply. */
export interface AddedMessage {
  messageId: MessageId;
  channel: ChannelName;
  threadId: ThreadId;
  author: 'agent' | 'human';
  text: string;
  /** The turn in which the agent sends it beside its reply. */
  turnId?: TurnId;
}

/** The numbers of a new message: its own in the log, and that of its event. */
export interface Appended {
  seq: number;
  eventSeq: number;
}

export interface AppendedOutbound extends Appended {
  /** The outbound message before it on its thread. */
  follows: MessageId | undefined;
}

export interface AppendedInbound extends Appended {
  /** The lease of the turn in progress, which has not read this message. */
  leaseInProgress?: string;
}

/** The delivery status that a channel reports of a message. */
export interface StatusUpdate {
  messageId: MessageId;
  status: OutboundStatus;
  errorCode: string | undefined;
  /** In our own words, where there is no code. */
  reason: string | undefined;
}

/** Why a person should look at a conversation, and since when. */
export interface ConversationFlag {
  reason: string;
  flaggedAt: Date;
}

/** A message whose status was raised. */
export interface RaisedStatus {
  messageId: MessageId;
  conversationId: ConversationId;
  channel: ChannelName;
  eventSeq: number;
}

/** The record of who said what: contacts, their conversations, and every message in order. */
export abstract class ConversationLog {
  /** The lane of a known thread. Undefined for another thread, and where another agent answers its line by now. */
  abstract laneOf(thread: ThreadEnds): Promise<TextLane | undefined>;
  /** How the contact of a conversation is reached: on any channel, or on this one. */
  abstract reachableContact(id: ConversationId, channel?: ChannelName): Promise<ReachableContact | undefined>;
  /** The identity by which we have known a contact longest, such as the number from which they first called. */
  abstract identityOf(contactId: ContactId, kind: IdentityKind): Promise<Identity | undefined>;
  /** A number of the conversation's agent, if it has any. */
  abstract agentNumberOf(conversationId: ConversationId): Promise<E164 | undefined>;
  /** Stores a thread with this contact that is in no conversation yet. */
  abstract addThread(
    tx: Transaction,
    thread: { threadId: ThreadId; channel: ChannelName },
    contactId: ContactId,
    conversationId: ConversationId,
  ): Promise<void>;
  abstract contactOf(threadId: ThreadId): Promise<ContactId | undefined>;
  /**
   * Stores a thread in the open conversation of its contact with the agent of its line. Creates the contact and the
   * conversation where they do not exist, and returns a conversation that it created. Safe to run concurrently.
   */
  abstract openThread(tx: Transaction, thread: NewThread): Promise<NewConversation | undefined>;
  /** Takes the lock of a conversation or contact: the first statement of every transaction that publishes about it. */
  abstract lock(tx: Transaction, id: ConversationId | ContactId): Promise<void>;
  /** Locks the conversation of a thread. Undefined where `laneOf` would be. */
  abstract lockThread(tx: Transaction, thread: ThreadEnds): Promise<ConversationId | undefined>;
  /** Adds a message from the contact and, if it is to be answered, makes a turn due. Undefined if the log has it. */
  abstract appendInbound(
    tx: Transaction,
    conversationId: ConversationId,
    message: InboundMessage,
    isToBeAnswered: boolean,
  ): Promise<AppendedInbound | undefined>;
  /** Adds a message to the contact. Undefined if the log has it. */
  abstract appendOutbound(
    tx: Transaction,
    lane: TextLane,
    message: AddedMessage,
  ): Promise<AppendedOutbound | undefined>;
  /** Locks the conversations of these messages. Returns the messages that are in any. */
  abstract lockMessages(tx: Transaction, ids: readonly MessageId[]): Promise<ReadonlySet<MessageId>>;
  /** Flags a conversation for a person to look at. Returns the number of the event. */
  abstract flag(tx: Transaction, id: ConversationId, flag: ConversationFlag): Promise<number>;
  /** Raises the status of outbound messages. Returns those whose status was lower before. */
  abstract raiseStatuses(tx: Transaction, reports: readonly StatusUpdate[]): Promise<RaisedStatus[]>;
}
