import { KeyedQueue } from '@parley/resilience';

/** Tracks unfinished writes, so that they can be awaited after their call has ended. */
export class PendingWrites {
  readonly #all = new Set<Promise<unknown>>();
  readonly #queue = new KeyedQueue<object>();

  track<T>(work: Promise<T>): Promise<T> {
    this.#all.add(work);
    const forget = (): void => void this.#all.delete(work);
    work.then(forget, forget);
    return work;
  }

  /**
   * Runs the writes of one object one after another in the order of the calls, even if an earlier one fails.
   */
  inOrder<T>(of: object, work: () => Promise<T>): Promise<T> {
    return this.track(this.#queue.add(of, work));
  }

  /** Settles when every write has succeeded or was given up. */
  async settled(): Promise<void> {
    while (this.#all.size > 0) await Promise.allSettled(this.#all);
  }
}
