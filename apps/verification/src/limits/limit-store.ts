import type { VerificationSubject } from '@parley/contracts';
import type { E164 } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import type { CodeCounts, Conversions, Ladder, LimitKind } from '@parley/verification-policy';

/** Whom the limits of one code concern. */
export interface LimitedParties {
  readonly number: E164;
  readonly subject: VerificationSubject;
  /** The network of the person's device, or else the API key. Without both the subject counts. */
  readonly client: string | undefined;
}

/** A reached limit, or a prefix whose codes are hardly typed. */
export type ReachedLimit = LimitKind | 'conversion';

/**
 * The counters of codes: pauses, limits and conversions.
 * @throws RetryableError while it is unavailable
 */
export abstract class LimitStore {
  /**
   * Locks the ladder of a number and a subject. It is locked before the verification, so that two starts at once take
   * turns and no two transactions wait for each other.
   */
  abstract lockLadder(tx: Transaction, number: E164, subject: VerificationSubject): Promise<Ladder>;
  /** Reads the ladder without a lock. */
  abstract ladderOf(number: E164, subject: VerificationSubject): Promise<Ladder>;
  abstract saveLadder(
    tx: Transaction,
    number: E164,
    subject: VerificationSubject,
    ladder: Ladder,
  ): Promise<void>;

  /** Locks the counters that one code would raise, and returns them. */
  abstract lockCounts(tx: Transaction, parties: LimitedParties, nowMs: number): Promise<CodeCounts>;
  /** Counts one code; its counters are locked. */
  abstract countCode(tx: Transaction, parties: LimitedParties, nowMs: number): Promise<void>;

  /** How the verifications of a number's prefix ended, in this hour and the one before. */
  abstract conversionsOf(tx: Transaction, number: E164, nowMs: number): Promise<Conversions>;
  abstract countEnd(tx: Transaction, number: E164, isApproved: boolean): Promise<void>;

  /** Marks that a limit was reached today, or a conversion in this hour. False if it was marked before. Its counters are locked. */
  abstract announceOnce(
    tx: Transaction,
    limit: ReachedLimit,
    parties: LimitedParties,
    nowMs: number,
  ): Promise<boolean>;

  /** Deletes counters and ladders that no decision reads any more, at most `limit` of each; returns how many. */
  abstract purge(beforeMs: number, limit: number): Promise<number>;
}
