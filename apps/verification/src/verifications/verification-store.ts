import type { ConversationId, E164, VerificationId } from '@parley/kernel';
import type { DueQuery, Transaction } from '@parley/persistence';
import type { CheckRecord, CodeChannel } from '@parley/verification-policy';
import type { Failure, Subject, Verification } from './verification.js';

export interface NewVerification {
  readonly id: VerificationId;
  readonly number: E164;
  readonly subject: Subject;
  readonly purpose: string;
  readonly conversationId: ConversationId | undefined;
}

/** A code that was just drawn, in clear. */
export interface NewCode {
  readonly code: string;
  readonly channel: CodeChannel;
  readonly sentAtMs: number;
  readonly expiresAtMs: number;
}

/** A code that a person typed, and the verification that it is meant for. */
export interface TypedCode {
  readonly id: VerificationId;
  readonly subject: Subject;
  readonly purpose: string;
  readonly code: string;
}

export interface CheckLimits {
  readonly maxChecks: number;
  readonly maxChecksPerDay: number;
}

/**
 * The verifications, with their codes as keyed digests.
 * @throws RetryableError while it is unavailable
 */
export abstract class VerificationStore {
  abstract find(id: VerificationId): Promise<Verification | undefined>;
  /** Locks a verification; one of another subject is not found. */
  abstract lock(tx: Transaction, id: VerificationId, subject?: Subject): Promise<Verification | undefined>;
  /** Locks the pending verification of a number, subject and purpose; its codes may have expired. */
  abstract lockPending(
    tx: Transaction,
    wanted: Pick<NewVerification, 'number' | 'subject' | 'purpose'>,
  ): Promise<Verification | undefined>;
  /** Adds a verification with its first code. */
  abstract add(tx: Transaction, verification: NewVerification, code: NewCode): Promise<Verification>;
  /** Adds a code to a pending verification; its two newest codes count. */
  abstract addCode(tx: Transaction, verification: Verification, code: NewCode): Promise<Verification>;
  /**
   * Compares a code and counts the check, in one statement. A code counts only for the subject and purpose that it was
   * sent for, while its verification is pending, before it expires, and while checks are left.
   */
  abstract check(
    tx: Transaction,
    typed: TypedCode,
    limits: CheckLimits,
  ): Promise<{ record: CheckRecord; verification: Verification | undefined }>;
  /**
   * Marks that the carrier has a code, also after the verification has ended: a person can be faster than the report.
   * Undefined if it, or a newer code, was marked before.
   */
  abstract markSent(tx: Transaction, id: VerificationId, codeNo: number): Promise<Verification | undefined>;
  /** Ends a pending verification without a proof; its codes are deleted. Undefined if it has ended. */
  abstract end(
    tx: Transaction,
    id: VerificationId,
    failure: Failure | 'expired',
  ): Promise<Verification | undefined>;
  /** Ends verifications whose newest code has expired. */
  abstract endExpired(tx: Transaction, limit: number): Promise<Verification[]>;
  /** When the next code expires. */
  abstract expiryDueAt(): DueQuery;
  /** Deletes verifications that ended long ago, at most `limit`; returns how many. */
  abstract purge(endedBeforeMs: number, limit: number): Promise<number>;
}
