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
import type { EndedLink } from './identity-link.js';

/** The lane in which a conversation's texts are answered. */
export interface TextLane {
  readonly conversationId: ConversationId;
  readonly laneId: LaneId;
}

/** The lane of a thread, and the channel of the thread. */
export interface ThreadLane extends TextLane {
  readonly channel: ChannelName;
}

/** A thread and its line. The line is undefined if the message does not name it. */
export interface ThreadOnLine {
  readonly threadId: ThreadId;
  readonly line: E164 | undefined;
}

/** A thread that may be unknown yet, and the person on it. */
export interface ThreadToOpen extends ThreadOnLine {
  channel: ChannelName;
  readonly person: Identity;
}

/** A conversation's lane, its contact, and the thread on which the contact last wrote, if any. */
export interface ReachableContact extends TextLane {
  readonly contactId: ContactId;
  readonly thread: { threadId: ThreadId; channel: ChannelName } | undefined;
}

/** A thread to add, and the kind of identity by which its channel reaches the contact. */
export interface ThreadToAdd {
  readonly threadId: ThreadId;
  channel: ChannelName;
  kind: IdentityKind;
}

/** The conversation of a thread, which is locked. */
export interface LockedThread {
  conversationId: ConversationId;
  /** Whether a verification is pending that the thread's person asked for, or whose code was sent to their number. */
  isVerificationPending: boolean;
}

/** What had to be created or ended to open a thread. */
export interface OpenedThread {
  readonly begun: NewConversation | undefined;
  /** The link of the person's identity that ended, because nobody used it for too long. */
  readonly endedLink: EndedLink | undefined;
}

/** A conversation that has just begun. */
export interface NewConversation {
  readonly conversationId: ConversationId;
  readonly contactId: ContactId;
  readonly agentId: AgentId;
  readonly createdAt: Date;
}

/** A message from the contact that is added to the log. */
export interface InboundMessage {
  readonly messageId: MessageId;
  channel: ChannelName;
  readonly threadId: ThreadId;
  /** The message's number within the thread. */
  readonly threadSeq: number;
  readonly text: string;
  /** The verification code that the text masks. */
  readonly code?: string | undefined;
  readonly media: readonly InboundMedia[];
  /** Set for a message that the agent must not answer: who answered it, or `nobody`. */
  readonly answeredBy: AnsweredBy | undefined;
  /** The channel's own id of the message. The log stores each id once. */
  readonly providerMessageId: string;
  readonly receivedAt: Date;
}

/** A message to the contact that is not a turn's reply. */
export interface AddedMessage {
  readonly messageId: MessageId;
  channel: ChannelName;
  readonly threadId: ThreadId;
  author: 'agent' | 'human';
  readonly text: string;
  /** The turn in which the agent sends this message in addition to its reply. */
  readonly turnId?: TurnId;
}

/** The numbers of a new message in the log, and of its event. */
export interface AppendedMessage {
  seq: number;
  readonly eventSeq: number;
}

export interface AppendedOutboundMessage extends AppendedMessage {
  /** The previous outbound message of the thread. */
  readonly follows: MessageId | undefined;
}

export interface AppendedInboundMessage extends AppendedMessage {
  /** The lease token of the turn in progress, which has not read this message. */
  readonly leaseInProgress?: string;
}

/** The delivery status to which a message may rise. */
export interface StatusToRaise {
  readonly messageId: MessageId;
  status: OutboundStatus;
  readonly errorCode: string | undefined;
  /** Our own description of the failure, if there is no error code. */
  readonly reason: string | undefined;
}

/** Why, and since when, an operator should look at a conversation. */
export interface ConversationFlag {
  readonly reason: string;
  readonly flaggedAt: Date;
}

/** A message whose status was raised. */
export interface RaisedStatus {
  readonly messageId: MessageId;
  readonly conversationId: ConversationId;
  channel: ChannelName;
  readonly eventSeq: number;
}

/** Stores contacts, their conversations, and every message in order. */
export abstract class ConversationLog {
  /**
   * Finds the lane of a thread. Returns undefined if the thread is unknown, or if its person now writes in another
   * conversation, because another agent answers the line or because a link began or ended.
   */
  abstract laneOf(thread: ThreadOnLine): Promise<ThreadLane | undefined>;
  /**
   * Finds how to reach the contact of a conversation, on any channel or on this one. For a conversation that was merged, it
   * finds the one that goes on.
   */
  abstract reachableContact(id: ConversationId, channel?: ChannelName): Promise<ReachableContact | undefined>;
  /** Finds a contact's oldest identity of this kind, such as the number from which they first called. */
  abstract identityOf(contactId: ContactId, kind: IdentityKind): Promise<Identity | undefined>;
  /** Finds a number of the conversation's agent, if the agent has any. */
  abstract agentNumberOf(conversationId: ConversationId): Promise<E164 | undefined>;
  /** Stores a thread of this contact that belongs to no conversation yet. */
  abstract addThread(
    tx: Transaction,
    thread: ThreadToAdd,
    contactId: ContactId,
    conversationId: ConversationId,
  ): Promise<void>;
  abstract contactOf(threadId: ThreadId): Promise<ContactId | undefined>;
  /**
   * Stores a thread in the open conversation of its contact with the agent of its line. Creates the contact and the
   * conversation where they do not exist, and ends an idle link of the person. Safe to run concurrently.
   */
  abstract openThread(tx: Transaction, thread: ThreadToOpen): Promise<OpenedThread>;
  /** Locks a conversation or contact: the first statement of every transaction that publishes about it. */
  abstract lock(tx: Transaction, id: ConversationId | ContactId): Promise<void>;
  /** Locks the conversation of a thread. Returns undefined in the cases in which `laneOf` does. */
  abstract lockThread(tx: Transaction, thread: ThreadOnLine): Promise<LockedThread | undefined>;
  /**
   * Adds a message from the contact, and makes a turn due if the message needs an answer. Returns undefined
   * if the log already has the message.
   */
  abstract appendInbound(
    tx: Transaction,
    conversationId: ConversationId,
    message: InboundMessage,
    isToBeAnswered: boolean,
  ): Promise<AppendedInboundMessage | undefined>;
  /** Adds a message to the contact. Returns undefined if the log already has the message. */
  abstract appendOutbound(
    tx: Transaction,
    lane: TextLane,
    message: AddedMessage,
  ): Promise<AppendedOutboundMessage | undefined>;
  /** Locks the conversations of these messages. Returns the messages that belong to a conversation. */
  abstract lockMessages(tx: Transaction, ids: readonly MessageId[]): Promise<ReadonlySet<MessageId>>;
  /** Flags a conversation for an operator. Returns the number of the event. */
  abstract flag(tx: Transaction, id: ConversationId, flag: ConversationFlag): Promise<number>;
  /** Raises the status of outbound messages. Returns those whose status was lower before. */
  abstract raiseStatuses(tx: Transaction, reports: readonly StatusToRaise[]): Promise<RaisedStatus[]>;
}
