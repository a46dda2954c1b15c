import type { ConsentChange } from '@parley/contracts';
import type { E164, SendId, ThreadId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import type { Consent } from '@parley/sms-policy';

/** The time of a change by another clock than the database's. Without a `LateConsentChange`, the change happens now. */
export interface LateConsentChange {
  readonly at: Date;
  /** The largest error of that clock, in milliseconds. */
  readonly uncertainMs: number;
}

/**
 * Stores whether people may be texted: one row for each person, for all of our lines. An opt-out and the claim of a send both
 * lock that row first, so a claim after a STOP sees the opt-out.
 */
export abstract class ConsentStore {
  /** Locks the person's row until the transaction ends; creates it if there is none. */
  abstract lock(tx: Transaction, person: E164): Promise<Consent>;
  /** Whether a thread's person may be texted on the thread now; takes no lock. Undefined for an unknown thread. */
  abstract ofThread(threadId: ThreadId): Promise<Consent | undefined>;
  /**
   * Stores the consent of a thread's person, for all of our lines; an opt-in also ends the carrier's blocks. Returns the time
   * of the change; undefined if nothing changed, or if a newer change exists (a text may be found late). Two changes within
   * `uncertainMs` of each other count as an opt-out.
   */
  abstract change(
    tx: Transaction,
    threadId: ThreadId,
    change: ConsentChange,
    late?: LateConsentChange,
  ): Promise<Date | undefined>;
  /**
   * Records that the carrier refuses texts from this send's line to its person, and blocks only this thread. Returns the time
   * of the block; undefined if it exists already, or if the person opted in after the claim of the send.
   */
  abstract block(tx: Transaction, sendId: SendId): Promise<Date | undefined>;
}
