import type { SendId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import type { ChangedAttempt } from '@parley/sms-policy';
import type { ClaimedSend, FollowedUpSend, LockedAttempt } from '../send.js';

/** Names an attempt by our id, by the vendor's, or by both: a callback can lose ours. */
export interface AttemptReference {
  readonly id?: SendId | undefined;
  readonly providerSid?: string | undefined;
}

/** The send attempts and what became of them. Throws RetryableError while it is unavailable. */
export abstract class AttemptStore {
  /**
   * Stores the vendor's answer to a claim in one statement, if the attempt still waits for it, and gives the next part
   * its time. False when something else was stored first: then `stepDelivery` decides.
   */
  abstract accept(
    send: ClaimedSend,
    providerSid: string,
    providerStatus: string | undefined,
  ): Promise<boolean>;

  /** Locks all attempts of the messages that are named: by message and part, and those of a part in their order. */
  abstract lock(tx: Transaction, references: readonly AttemptReference[]): Promise<LockedAttempt[]>;
  /** Stores attempts as they are after a step, under their locks. */
  abstract save(tx: Transaction, changed: readonly ChangedAttempt[]): Promise<void>;
  /** Deletes an attempt that has not left. */
  abstract withdraw(tx: Transaction, id: SendId): Promise<void>;
  /** Adds another attempt to the end of the thread, as PENDING; one for each attempt. */
  abstract repeat(tx: Transaction, send: FollowedUpSend, retryId: SendId): Promise<void>;
}
