import type { TurnRecord } from '@parley/contracts';
import type { CallId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';

/** What was said and heard in calls, turn by turn. Throws RetryableError while it is away. */
export abstract class TurnStore {
  /** False when the turn is recorded already. */
  abstract add(tx: Transaction, callId: CallId, record: TurnRecord): Promise<boolean>;
  /** The last ones of a call, oldest first. */
  abstract newest(callId: CallId, limit: number): Promise<TurnRecord[]>;
  /** Those after a turn, oldest first. */
  abstract after(callId: CallId, turnNo: number, limit: number): Promise<TurnRecord[]>;
}
