import type { E164, MessageId, SendId, ThreadId } from '@parley/kernel';
import type { Consent, SendAttempt } from '@parley/sms-policy';

/** The ids of a send attempt that other parts of the system know. */
export interface SendKey {
  readonly id: SendId;
  /** Undefined for a notice of our own, which is in no log. */
  readonly messageId: MessageId | undefined;
  readonly threadId: ThreadId;
}

/** A send attempt's text and numbers in clear. */
export interface OpenedSend extends SendKey {
  readonly to: E164;
  readonly from: E164;
  readonly text: string;
  readonly validUntilMs: number;
  readonly isOptOutConfirmation: boolean;
}

/** A send attempt that this process alone may now hand to the vendor, once, before its deadline. */
export interface ClaimedSend extends OpenedSend {
  /** The number of claims of this attempt, this one included. */
  readonly claims: number;
  /** The recipient's consent when the claim was committed. */
  readonly consent: Consent;
  /** Whether its thread had more to send when it was claimed. */
  readonly hasSuccessor: boolean;
}

/** A send attempt whose follow-up is due: UNKNOWN, to be reconciled; or ACCEPTED and failed, to be repeated. */
export interface FollowedUpSend extends OpenedSend {
  readonly status: 'UNKNOWN' | 'ACCEPTED';
  readonly providerSid: string | undefined;
  /** When its last claim was made, by the database's clock. */
  readonly claimedAtMs: number;
  readonly listings: number;
}

/** A send attempt under its row lock. */
export interface LockedAttempt extends SendAttempt, SendKey {
  /** The command, or the inbound text, that caused the message: the same for all attempts of it. */
  readonly causedBy: string;
}
