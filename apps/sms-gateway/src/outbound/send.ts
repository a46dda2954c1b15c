import type { E164, MessageId, SendId, ThreadId, VerificationId } from '@parley/kernel';
import type { Consent, SendAttempt } from '@parley/sms-policy';

/** The code that a send attempt carries. It is in no conversation and is never sent again. */
export interface CodeReference {
  readonly verificationId: VerificationId;
  /** Which code of the verification it is, from 1. */
  readonly codeNo: number;
}

/** The ids of a send attempt that other services know. */
export interface SendKey {
  readonly id: SendId;
  /** Undefined for a notice and for a code, which are in no conversation. */
  readonly messageId: MessageId | undefined;
  readonly threadId: ThreadId;
  readonly code?: CodeReference | undefined;
}

/** A send attempt with its decrypted text and numbers. */
export interface DecryptedSend extends SendKey {
  readonly to: E164;
  readonly from: E164;
  readonly text: string;
  readonly validUntilMs: number;
  readonly isOptOutConfirmation: boolean;
}

/** A send attempt that only this process may hand to the vendor, once and before its deadline. */
export interface ClaimedSend extends DecryptedSend {
  /** The number of claims of this attempt, including this one. */
  readonly claims: number;
  /** The recipient's consent when the claim was committed. */
  readonly consent: Consent;
  /** Whether a later send of the thread was waiting at the time of the claim. */
  readonly hasSuccessor: boolean;
}

/** A send attempt whose follow-up is due: UNKNOWN, to be reconciled; or ACCEPTED and failed, to be repeated. */
export interface DueFollowUp extends DecryptedSend {
  readonly status: 'UNKNOWN' | 'ACCEPTED';
  readonly providerSid: string | undefined;
  /** The time of the last claim, by the database's clock. */
  readonly claimedAtMs: number;
  readonly listings: number;
}

/** A send attempt under its row lock. */
export interface LockedAttempt extends SendAttempt, SendKey {
  /** The id of the command or inbound text that caused the message; all attempts of the message share it. */
  readonly causedBy: string;
}
