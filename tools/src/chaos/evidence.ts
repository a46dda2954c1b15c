import type { SimulatedMessage } from '@parley/local-stack';
import type { Schedule } from './schedule.js';

/** A person's text and the answer to its webhook. */
export interface PostedText {
  readonly person: string;
  readonly messageSid: string;
  readonly body: string;
  readonly postedAtMs: number;
  /** Time of the first 2xx; undefined without one, or if the webhook was withheld. */
  acknowledgedAtMs: number | undefined;
}

/** An operator message and the message ids in the 202 answers. */
export interface PostedOperatorMessage {
  readonly person: string;
  readonly text: string;
  readonly messageIds: string[];
}

/** A prompt and the model's reply; null if the model did not reply. */
export interface ModelPrompt {
  /** The user messages of the prompt, oldest first. */
  readonly userTexts: readonly string[];
  readonly reply: string | null;
}

/** A status report of the carrier. */
export interface CarrierReport {
  readonly messageSid: string;
  readonly status: string;
  /** Whether the gateway answered 2xx. */
  readonly isAcknowledged: boolean;
}

/** A public event. */
export interface PublicEvent {
  readonly type: string;
  /** `conversationsequence`; undefined for an event of a contact. */
  readonly sequence: number | undefined;
  readonly data: Readonly<Record<string, unknown>>;
}

/** The gateway's decision about an inbound text. */
export interface InboundRow {
  readonly messageSid: string;
  readonly decision: 'forward' | 'opt-out' | 'opt-in' | 'answer' | 'ignore';
  readonly reason: string | null;
  readonly threadId: string | null;
}

/** A message of the REST API. */
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
  /** Set for inbound texts. */
  readonly messageSid?: string;
}

export interface LoggedConversation {
  readonly id: string;
  readonly contactId: string;
  readonly messages: readonly LoggedMessage[];
  /** Events of the conversation and of its contact, in order. */
  readonly events: readonly PublicEvent[];
}

/** A send attempt. */
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
  /** Whether the attempt's outcome had to be reconciled from the carrier's list. */
  readonly wasUnknown: boolean;
}

export interface ConsentRow {
  readonly threadId: string;
  readonly change: 'opted-out' | 'opted-in';
  readonly atMs: number;
}

/** A fault with the times at which it was applied. */
export interface AppliedFault {
  readonly name: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

/** Everything collected about a seed once it has settled or timed out. */
export interface Evidence {
  readonly schedule: Schedule;
  /** Our phone number. */
  readonly line: string;
  readonly texts: readonly PostedText[];
  readonly operatorMessages: readonly PostedOperatorMessage[];
  /** The texts that the carrier accepted, in order. */
  readonly acceptedTexts: readonly SimulatedMessage[];
  readonly reports: readonly CarrierReport[];
  readonly prompts: readonly ModelPrompt[];
  readonly inbound: readonly InboundRow[];
  /** SIDs of texts that the gateway found in the carrier's list, whose times are therefore not exact. */
  readonly foundInList: readonly string[];
  readonly conversations: readonly LoggedConversation[];
  readonly sends: readonly SendRow[];
  readonly consents: readonly ConsentRow[];
  /** Descriptions of unfinished or abandoned work. */
  readonly leftovers: readonly string[];
  readonly faults: readonly AppliedFault[];
  /** A claimed send attempt may reach the carrier within this time. */
  readonly sendDeadlineMs: number;
}

/** Returns the id of the send attempt in the text's status callback URL. */
export function sendAttemptOf({ statusCallback }: SimulatedMessage): string | undefined {
  if (statusCallback === null) return undefined;
  return new URL(statusCallback).searchParams.get('send') ?? undefined;
}
