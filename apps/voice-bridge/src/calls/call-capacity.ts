import type { CallId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';

/**
 * Whether there is room for one more call in any of the processes: which of them its media socket will reach is not
 * known when its TwiML is issued. Each process keeps a row with its `VOICE_MAX_CALLS`, written with the renewal of its
 * calls; a row that was not renewed counts for nothing. Rows and not pings: the calls they are compared with are rows as
 * well, a call is not taken in without Postgres anyway, and so NATS may be away.
 */
export abstract class CallCapacity {
  /**
   * Whether the other calls, those included whose TwiML is out and whose socket has not come, take up all there is.
   * Webhooks of all processes decide this one after the other, up to the end of their transactions.
   */
  abstract isExhausted(tx: Transaction, besides: CallId): Promise<boolean>;
}
