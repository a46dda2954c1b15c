import type { E164, LineId, ThreadId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';

/** Who texts with which line of ours. */
export abstract class ThreadStore {
  /** The thread of this person and line, made when they never spoke. */
  abstract ensure(tx: Transaction, lineId: LineId, person: E164): Promise<ThreadId>;
}
