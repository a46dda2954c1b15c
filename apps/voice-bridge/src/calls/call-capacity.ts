import type { CallId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';

/**
 * The capacity for calls of all processes together, because any of them may get a call's media socket. Each process has a
 * row with its `VOICE_MAX_CALLS`, which it writes when it renews its calls; a row that was not renewed does not count. The
 * capacity is in Postgres, which a call needs anyway, so that NATS may be unavailable.
 */
export abstract class CallCapacity {
  /**
   * Whether the other calls take up all capacity; a call whose TwiML is issued counts before its socket opens. Webhooks of
   * all processes decide this one after the other, until their transactions end.
   */
  abstract isExhausted(tx: Transaction, besides: CallId): Promise<boolean>;
}
