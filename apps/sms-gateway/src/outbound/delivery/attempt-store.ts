import type { SendId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import type { ChangedAttempt } from '@parley/sms-policy';
import type { ClaimedSend, DueFollowUp, LockedAttempt } from '../send.js';

/** Identifies an attempt by our id, by the vendor's id, or by both: a callback can arrive without our id. */
export interface AttemptReference {
  readonly id?: SendId | undefined;
  readonly providerSid?: string | undefined;
}

/**
 * Stores the send attempts and their outcomes.
 * @throws RetryableError while Postgres is unavailable
 */
export abstract class AttemptStore {
  /**
   * Stores that the vendor accepted a claimed send, in one statement, and sets the time of the next part. False if another
   * outcome was stored first: then `stepDelivery` decides.
   */
  abstract accept(
    send: ClaimedSend,
    providerSid: string,
    providerStatus: string | undefined,
  ): Promise<boolean>;

  /** Locks all attempts of the referenced messages; returns them in the order of message, part and attempt. */
  abstract lock(tx: Transaction, references: readonly AttemptReference[]): Promise<LockedAttempt[]>;
  /** Stores the attempts that a step changed, under their locks. */
  abstract save(tx: Transaction, changed: readonly ChangedAttempt[]): Promise<void>;
  /** Deletes an attempt that was not claimed. */
  abstract withdraw(tx: Transaction, id: SendId): Promise<void>;
  /** Adds a repetition to the end of the thread, as PENDING; at most one for each attempt. */
  abstract repeat(tx: Transaction, send: DueFollowUp, retryId: SendId): Promise<void>;
}
