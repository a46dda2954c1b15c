import type { E164, ThreadId } from '@parley/kernel';
import type { Line } from '../lines/line-store.js';
import type { Consent, InboundDecision, InboundIgnoreReason, ThreadPace } from '@parley/sms-policy';

/** A text as we received it, with all that the carrier reports about it. */
export interface InboundSms {
  readonly messageSid: string;
  /** As given: a number, `whatsapp:+…`, a word. */
  readonly from: string;
  readonly to: string;
  readonly text: string;
  readonly media: readonly { readonly url: string; readonly contentType: string }[];
  /** All parameters of the webhook, also unknown ones. */
  readonly params: Readonly<Record<string, string>>;
  /** Twilio's `OptOutType`. */
  readonly optOutType: string | undefined;
  /** It was found in the vendor's list, which does not show what the vendor handled as a keyword. */
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
  /** `carrier-loop`: the carrier took its sender for a machine. */
  readonly reason: InboundIgnoreReason | 'carrier-loop';
}

/** A text's position: its thread, and its number there, counted from 1. */
export interface ThreadPosition {
  readonly threadId: ThreadId;
  readonly threadSeq: number;
}

/** Where a text was recorded, and its sender's consent at that moment. */
export interface RecordedSms extends ThreadPosition {
  readonly consent: Consent;
  /** In the order of the thread; a listed text has the vendor's time. */
  readonly receivedAt: Date;
  /** This text included. */
  readonly pace: ThreadPace;
  /** Whether its thread was already flagged as a loop of machines. */
  readonly isInLoop: boolean;
}
