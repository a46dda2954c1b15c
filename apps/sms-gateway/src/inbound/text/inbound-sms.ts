import type { E164, ThreadId } from '@parley/kernel';
import type { Line } from '../../lines/line-store.js';
import type { Consent, InboundDecision, InboundIgnoreReason, ThreadPace } from '@parley/sms-policy';

/** A text as we received it, with all that the carrier reports about it. */
export interface InboundSms {
  readonly messageSid: string;
  /** As received: a number, `whatsapp:+…` or a word. */
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly media: readonly { readonly url: string; readonly contentType: string }[];
  /** All parameters of the webhook, also unknown ones. */
  readonly params: Readonly<Record<string, string>>;
  /** Twilio's `OptOutType`: the keyword that Twilio itself handled. */
  readonly optOutType: string | undefined;
  /** Found in the vendor's list, which does not show whether the vendor handled a keyword. */
  readonly isListed?: boolean;
  readonly receivedAt: Date;
}

/** A text that belongs to a thread. */
export interface ThreadSms extends InboundSms {
  readonly person: E164;
  readonly line: Line;
  readonly decision: Exclude<InboundDecision['kind'], 'ignore'>;
}

/** A text that is recorded and not answered. */
export interface IgnoredSms extends InboundSms {
  /** `carrier-loop`: the carrier stopped the text because its sender seems to be a machine. */
  readonly reason: InboundIgnoreReason | 'carrier-loop';
}

/** The position of a text: its thread, and its number there, counted from 1. */
export interface ThreadPosition {
  readonly threadId: ThreadId;
  readonly threadSeq: number;
}

/** The position of a recorded text, with its sender's consent at that time. */
export interface RecordedSms extends ThreadPosition {
  readonly consent: Consent;
  /** By the database's clock, never falling along the thread; for a listed text, the vendor's time. */
  readonly receivedAt: Date;
  /** Includes this text. */
  readonly pace: ThreadPace;
  /** Whether its thread was already flagged as a loop of machines. */
  readonly isInLoop: boolean;
}
