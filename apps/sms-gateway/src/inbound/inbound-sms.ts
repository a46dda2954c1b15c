import type { E164, ThreadId } from '@parley/kernel';
import type { Line } from '../lines/line-store.js';
import type { Consent, InboundDecision, InboundIgnoreReason, ThreadPace } from '@parley/sms-policy';

/** A text as it reached us, with everything its carrier said about it. */
export interface InboundSms {
  readonly messageSid: string;
  /** As given: a number, `whatsapp:+…`, a word. */
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly media: readonly { readonly url: string; readonly contentType: string }[];
  /** Every parameter of the webhook, also those that we do not know. */
  readonly params: Readonly<Record<string, string>>;
  /** Twilio's `OptOutType`. */
  readonly optOutType: string | undefined;
  /** It was found in the vendor's list, which does not say what the vendor took for a keyword. */
  readonly isListed?: boolean;
  readonly receivedAt: Date;
}

/** A text that belongs to a conversation, and where. */
export interface ThreadSms extends InboundSms {
  readonly person: E164;
  readonly line: Line;
  readonly decision: Exclude<InboundDecision['kind'], 'ignore'>;
}

/** A text that was only recorded. */
export interface IgnoredSms extends InboundSms {
  /** `carrier-loop`: the carrier itself took it for a machine's. */
  readonly reason: InboundIgnoreReason | 'carrier-loop';
}

/** A text's place: the person's number with a line of ours, and its number there, counted from 1. */
export interface ThreadPosition {
  readonly threadId: ThreadId;
  readonly threadSeq: number;
}

/** Where a text was recorded, and what its sender had decided by then. */
export interface RecordedSms extends ThreadPosition {
  readonly consent: Consent;
  /** In the order of the thread, except for a text that the vendor lists: that has the vendor's time. */
  readonly receivedAt: Date;
  /** With this text. */
  readonly pace: ThreadPace;
  /** Whether its thread was taken for a loop of machines before. */
  readonly isInLoop: boolean;
}
