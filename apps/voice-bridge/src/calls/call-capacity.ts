import type { CallId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';

/**
 * Counts the call capacity of all processes together, because any of them may get a call's media socket. Each process
 * writes a row with its `VOICE_MAX_CALLS` when it renews its calls; a row that was not renewed does not count. The capacity
 * is in Postgres, which a call needs anyway, so NATS may be unavailable.
 */
export abstract class CallCapacity {
  /**
   * Returns whether the other calls take up all capacity. A call counts from its TwiML on, before its socket opens.
   * Locks the capacity until the transaction ends, so that the webhooks of all processes decide one after another.
   */
  abstract isExhausted(tx: Transaction, besides: CallId): Promise<boolean>;
}
