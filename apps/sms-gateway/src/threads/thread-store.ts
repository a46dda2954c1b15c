import type { E164, LineId, ThreadId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';

/** Stores the threads between people and our lines. */
export abstract class ThreadStore {
  /** The thread of this person and line, created if there is none. */
  abstract ensure(tx: Transaction, lineId: LineId, person: E164): Promise<ThreadId>;
}
