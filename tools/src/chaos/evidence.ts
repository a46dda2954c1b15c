import type { SimulatedMessage } from '@parley/local-stack';
import type { Schedule } from './schedule.js';

/** Somebody's text, and how its webhook was answered. */
export interface PostedText {
  readonly person: string;
  readonly messageSid: string;
  readonly body: string;
  readonly postedAtMs: number;
  /** When the first 2xx had come; undefined when none came, or the webhook was withheld. */
  acknowledgedAtMs: number | undefined;
}

/** A text ordered by REST, and the messages that its 202 answers named. */
export interface PostedOrder {
  readonly person: string;
  readonly text: string;
  readonly messageIds: string[];
}

/** What the model was asked, and what it answered, if it did. */
export interface ModelPrompt {
  /** What it was told that the person said, oldest first. */
  readonly personSaid: readonly string[];
  readonly reply: string | null;
}

/** What the carrier told us of a text that it had accepted. */
export interface CarrierReport {
  readonly messageSid: string;
  readonly status: string;
  /** We answered 2xx: it counts from then on. */
  readonly isAcknowledged: boolean;
}

/** A public event, as it was written. */
export interface PublicEvent {
  readonly type: string;
  /** `conversationsequence`; undefined for one that is not a conversation's. */
  readonly sequence: number | undefined;
  readonly data: Readonly<Record<string, unknown>>;
}

/** What the gateway decided about an inbound text. */
export interface InboundRow {
  readonly messageSid: string;
  readonly decision: 'forward' | 'opt-out' | 'opt-in' | 'answer' | 'ignore';
  readonly reason: string | null;
  readonly threadId: string | null;
}

/** A message as REST shows it. */
export interface LoggedMessage {
  readonly id: string;
  readonly conversationId: string;
  readonly seq: number;
  readonly direction: string;
  readonly author: string;
  readonly text: string;
  readonly status: string;
  readonly errorCode?: string;
  readonly failureReason?: string;
  readonly createdAt: string;
  /** Of one that came in. */
  readonly messageSid?: string;
}

export interface LoggedConversation {
  readonly id: string;
  readonly contactId: string;
  readonly messages: readonly LoggedMessage[];
  /** Its own and its contact's, in the order in which they were written. */
  readonly events: readonly PublicEvent[];
}

/** One attempt to send one part of a message. */
export interface SendRow {
  readonly id: string;
  readonly position: number;
  readonly messageId: string | null;
  readonly threadId: string;
  readonly part: number;
  readonly status: string;
  readonly reason: string | null;
  readonly isOptOutConfirmation: boolean;
  readonly claimedAtMs: number | undefined;
  /** The carrier's list was asked for it. */
  readonly wasUnknown: boolean;
}

export interface ConsentRow {
  readonly threadId: string;
  readonly change: 'opted-out' | 'opted-in';
  readonly atMs: number;
}

/** A fault as it was played. */
export interface PlayedFault {
  readonly name: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

/** All that is known once a seed has settled, or did not settle in time. */
export interface Evidence {
  readonly schedule: Schedule;
  /** Our number. */
  readonly line: string;
  readonly texts: readonly PostedText[];
  readonly orders: readonly PostedOrder[];
  /** What the carrier accepted from us, in that order. */
  readonly carried: readonly SimulatedMessage[];
  readonly reports: readonly CarrierReport[];
  readonly prompts: readonly ModelPrompt[];
  readonly inbound: readonly InboundRow[];
  /** Sids of texts that were found in the carrier's list before their webhook came: when they were said is not sure. */
  readonly foundInList: readonly string[];
  readonly conversations: readonly LoggedConversation[];
  readonly sends: readonly SendRow[];
  readonly consents: readonly ConsentRow[];
  /** What is still unfinished or was given up, one line each. */
  readonly leftovers: readonly string[];
  readonly faults: readonly PlayedFault[];
  /** How long a claimed send may still be on its way to the carrier. */
  readonly sendDeadlineMs: number;
}

/** The attempt that a text's status callback names. */
export function attemptOf({ statusCallback }: SimulatedMessage): string | undefined {
  if (statusCallback === null) return undefined;
  return new URL(statusCallback).searchParams.get('send') ?? undefined;
}
