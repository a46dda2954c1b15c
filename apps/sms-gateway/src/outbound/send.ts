import type { E164, MessageId, SendId, ThreadId } from '@parley/kernel';
import type { Consent, Delivery } from '@parley/sms-policy';

/** A message on its way out, as the texts that carry it. */
export interface NewSends {
  /** The command, or the inbound text, that asks for it: the same cause twice is one message. */
  readonly causedBy: string;
  /** Undefined for a notice of our own, which is in no log. */
  readonly messageId: MessageId | undefined;
  /** The message that goes out on this thread before it, if one does. */
  readonly follows?: MessageId | undefined;
  readonly threadId: ThreadId;
  /** In order. Each but the first waits until the carrier has the one before it. */
  readonly parts: readonly { readonly id: SendId; readonly text: string }[];
  readonly validUntil: Date;
  readonly isOptOutConfirmation: boolean;
}

/** What identifies a send to the rest of the system. */
export interface SendKey {
  readonly id: SendId;
  readonly messageId: MessageId | undefined;
  readonly threadId: ThreadId;
}

/** A send that this process alone may now hand to the vendor, once, before its deadline. */
export interface ClaimedSend extends SendKey {
  /** 1 for the first try. Only the newest attempt may write its outcome. */
  readonly attempt: number;
  readonly to: E164;
  readonly from: E164;
  readonly text: string;
  readonly validUntilMs: number;
  /** The recipient's, as it was when the claim was committed. */
  readonly consent: Consent;
  readonly isOptOutConfirmation: boolean;
  /** Whether its thread had more to send when it was claimed. */
  readonly hasSuccessor: boolean;
}

export type SendStatus = 'PENDING' | 'SENDING' | 'ACCEPTED' | 'REJECTED' | 'UNKNOWN';

/**
 * What was concluded of a send that is UNKNOWN: the vendor certainly does not have it, or may have it. Undefined while
 * it is looked for.
 */
export type Verdict = 'absent' | 'ambiguous';

/** A send that needs something to be done about it: UNKNOWN, to be looked for; or ACCEPTED and failed, to be repeated. */
export interface FollowedUpSend extends SendKey {
  readonly status: 'UNKNOWN' | 'ACCEPTED';
  readonly providerSid: string | undefined;
  readonly to: E164;
  readonly from: E164;
  readonly text: string;
  readonly validUntilMs: number;
  readonly isOptOutConfirmation: boolean;
  /** When its last try began, by the database's clock. */
  readonly claimedAtMs: number;
  readonly listings: number;
  readonly absences: number;
}

/** One attempt at a part of a message under its row lock, as far as outcomes and delivery reports change it. */
export interface LockedSend extends SendKey {
  /** What asked for the message: the same for all of its parts. */
  readonly causedBy: string;
  /** From 1. */
  readonly part: number;
  readonly status: SendStatus;
  /** How often it was claimed. */
  readonly attempt: number;
  readonly providerSid: string | undefined;
  readonly delivery: Delivery;
  /** The attempt that this one repeats. */
  readonly retryOf: SendId | undefined;
  readonly validUntilMs: number;
  /** How many lists were answered without it. */
  readonly listings: number;
  readonly verdict: Verdict | undefined;
  /** It failed for a reason that passes, and is tried again in a while. */
  readonly isToBeRetried: boolean;
}
