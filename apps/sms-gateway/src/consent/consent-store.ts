import type { ConsentChange } from '@parley/contracts';
import type { E164, ThreadId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import type { Consent } from '@parley/sms-policy';

/**
 * Whether people may be texted: one row for each, whichever line of ours they spoke with. Its lock makes "no text
 * after STOP" true: an opt-out and the claim of a send take it first, so that one of them sees the other.
 */
export abstract class ConsentStore {
  /** Locks the person's row until the transaction ends; it is made when there is none. */
  abstract lock(tx: Transaction, person: E164): Promise<Consent>;
  /** What the person of a thread decided, as it stands now, without a lock. Undefined when there is no such thread. */
  abstract ofThread(threadId: ThreadId): Promise<Consent | undefined>;
  /**
   * Writes what the person of a thread decided. False when it stood so already, or they said something else since: a
   * text may be found late. Where that is within `uncertainMs`, the opt-out holds.
   */
  abstract change(
    tx: Transaction,
    threadId: ThreadId,
    change: ConsentChange,
    at: Date,
    uncertainMs: number,
  ): Promise<boolean>;
}
