import type { ConsentChange } from '@parley/contracts';
import type { E164, SendId, ThreadId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import type { Consent } from '@parley/sms-policy';

/** A change that somebody else's clock dates; without one it is made now, by the database's. */
export interface LateChange {
  readonly at: Date;
  /** How far that may be off. */
  readonly uncertainMs: number;
}

/**
 * Whether people may be texted: one row for each, whichever line of ours they spoke with. Its lock makes "no text
 * after STOP" true: an opt-out and the claim of a send take it first, so that one of them sees the other.
 */
export abstract class ConsentStore {
  /** Locks the person's row until the transaction ends; it is made when there is none. */
  abstract lock(tx: Transaction, person: E164): Promise<Consent>;
  /** Whether the person of a thread may be texted on it by now; takes no lock. Undefined when there is no such thread. */
  abstract ofThread(threadId: ThreadId): Promise<Consent | undefined>;
  /**
   * Writes what the person of a thread decided, for all of our lines, and forgets what the carrier blocks when they opted
   * in. Returns when they said it; undefined when it stood so already, or they said something else since: a text may be
   * found late. Where that is within its `uncertainMs`, the opt-out holds.
   */
  abstract change(
    tx: Transaction,
    threadId: ThreadId,
    change: ConsentChange,
    late?: LateChange,
  ): Promise<Date | undefined>;
  /**
   * Notes that the carrier refuses texts from this send's line to its person: this thread alone is blocked. Returns when;
   * undefined when that was known, or the person opted in after the send was claimed.
   */
  abstract block(tx: Transaction, sendId: SendId): Promise<Date | undefined>;
}
