import type { ConsentChange } from '@parley/contracts';
import type { E164, SendId, ThreadId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import type { Consent } from '@parley/sms-policy';

/** The time of a change by another clock than the database's. Without it the change is made now. */
export interface LateChange {
  readonly at: Date;
  /** The largest error of that clock. */
  readonly uncertainMs: number;
}

/**
 * Whether people may be texted: one row for each person, for all of our lines. The row's lock ensures that no text is sent
 * after STOP: an opt-out and the claim of a send both take it first, so the later one sees the earlier.
 */
export abstract class ConsentStore {
  /** Locks the person's row until the transaction ends; creates it if there is none. */
  abstract lock(tx: Transaction, person: E164): Promise<Consent>;
  /** Whether the person of a thread may be texted on it now; takes no lock. Undefined when there is no such thread. */
  abstract ofThread(threadId: ThreadId): Promise<Consent | undefined>;
  /**
   * Stores the consent of a thread's person, for all of our lines; an opt-in also ends what the carrier blocks. Returns when
   * the person changed it; undefined when that is no change, or a newer change exists, since a text may be found late. Two
   * changes within `uncertainMs` of each other count as an opt-out.
   */
  abstract change(
    tx: Transaction,
    threadId: ThreadId,
    change: ConsentChange,
    late?: LateChange,
  ): Promise<Date | undefined>;
  /**
   * Records that the carrier refuses texts from this send's line to its person; only this thread is blocked. Returns when;
   * undefined when that was recorded before, or the person opted in after the claim of the send.
   */
  abstract block(tx: Transaction, sendId: SendId): Promise<Date | undefined>;
}
