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

/** Where a thread's texts go. */
export interface Place {
  conversationId: ConversationId;
  laneId: LaneId;
}

/** A thread, and which of our numbers it is with; where that was not told, nobody's in particular. */
export interface ThreadEnds {
  threadId: ThreadId;
  line: E164 | undefined;
}

/** Where a conversation's texts go, and how. */
export interface TextPlace extends Place {
  contactId: ContactId;
  threadId: ThreadId | undefined;
}

/** A conversation that has just begun. */
export interface NewConversation {
  conversationId: ConversationId;
  contactId: ContactId;
  agentId: AgentId;
  createdAt: Date;
}

/** A text from a person, as it goes into the log. */
export interface InboundText {
  messageId: MessageId;
  threadId: ThreadId;
  threadSeq: number;
  text: string;
  media: readonly InboundMedia[];
  /** Who answered it before the agent could, or `nobody` where none is due: then it is only logged. */
  answeredBy: AnsweredBy | undefined;
  /** The channel's own id of it: the log holds each only once. */
  providerMessageId: string;
  receivedAt: Date;
}

/** What somebody outside a turn says to the contact. */
export interface OutsideMessage {
  messageId: MessageId;
  threadId: ThreadId;
  author: 'agent' | 'human';
  text: string;
  /** The turn in which the agent says it, beside what it answers. */
  turnId?: TurnId;
}

/** Numbers given out to what was written: its place in the log, and the place of its event among all events. */
export interface Appended {
  seq: number;
  eventSeq: number;
}

export interface AppendedOutside extends Appended {
  /** What was said on its thread before it. */
  follows: MessageId | undefined;
}

export interface AppendedInbound extends Appended {
  /** The lease of the turn under way, which does not know this text. */
  outdatedLease?: string;
}

/** What a message's channel says of it. */
export interface StatusReport {
  messageId: MessageId;
  status: OutboundStatus;
  errorCode: string | undefined;
  /** In our own words, where no code says it. */
  reason: string | undefined;
}

/** Why somebody should look at a conversation, and since when. */
export interface ConversationFlag {
  reason: string;
  flaggedAt: Date;
}

/** A message whose status was raised. */
export interface RaisedStatus {
  messageId: MessageId;
  conversationId: ConversationId;
  channel: 'sms' | 'voice' | 'web';
  eventSeq: number;
}

/** The record of who said what: contacts, their conversations, and every message in order. */
export abstract class ConversationLog {
  /** The place of a known thread, unless its line is another agent's by now. */
  abstract placeOf(thread: ThreadEnds): Promise<Place | undefined>;
  /** The place of a conversation, and the thread its contact was last heard on, if they ever texted or were texted. */
  abstract newestThreadOf(id: ConversationId): Promise<TextPlace | undefined>;
  abstract phoneOf(contactId: ContactId): Promise<E164 | undefined>;
  /** A number that the conversation's agent answers, if it has one of its own. */
  abstract agentNumberOf(id: ConversationId): Promise<E164 | undefined>;
  /** Gives a thread its place in this conversation, unless it has one. */
  abstract keepThread(
    tx: Transaction,
    threadId: ThreadId,
    contactId: ContactId,
    conversationId: ConversationId,
  ): Promise<void>;
  abstract contactOf(threadId: ThreadId): Promise<ContactId | undefined>;
  /**
   * Gives a thread its place: the contact of this number and their open conversation with the agent of its line, each
   * made where it does not exist. Safe against others who do the same at the same time. Says so when a conversation began.
   */
  abstract openThread(
    tx: Transaction,
    thread: ThreadEnds & { person: E164 },
  ): Promise<NewConversation | undefined>;
  /** Takes the lock of a conversation or contact: the first statement of every transaction that tells of it. */
  abstract lock(tx: Transaction, id: ConversationId | ContactId): Promise<void>;
  /** As `lock`, of the conversation that this thread's texts go to. Undefined when it has no place. */
  abstract lockThread(tx: Transaction, thread: ThreadEnds): Promise<ConversationId | undefined>;
  /** Adds a text and, if it is to be answered, makes the lane's turn due. Undefined when the log already has it. */
  abstract appendInbound(
    tx: Transaction,
    conversationId: ConversationId,
    text: InboundText,
    isToBeAnswered: boolean,
  ): Promise<AppendedInbound | undefined>;
  /** Adds a message to the contact. Undefined when the log already has it. */
  abstract appendOutside(
    tx: Transaction,
    place: Place,
    message: OutsideMessage,
  ): Promise<AppendedOutside | undefined>;
  /** As `lock`, of the conversations that these messages are in. Returns the messages that are in any. */
  abstract lockMessages(tx: Transaction, ids: readonly MessageId[]): Promise<ReadonlySet<MessageId>>;
  /** Notes that it looks like a loop of machines. Returns the `conversationsequence` of the event that says so. */
  abstract flag(tx: Transaction, id: ConversationId, flag: ConversationFlag): Promise<number>;
  /** Raises the status of messages of ours, of each once. Those that have already come as far are not returned. */
  abstract raiseStatuses(tx: Transaction, reports: readonly StatusReport[]): Promise<RaisedStatus[]>;
}
