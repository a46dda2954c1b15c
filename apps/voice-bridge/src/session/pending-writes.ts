import { KeyedQueue } from '@parley/resilience';

/** The writes that are not done yet when a call, or the process, ends. */
export class PendingWrites {
  readonly #all = new Set<Promise<unknown>>();
  readonly #queue = new KeyedQueue<object>();

  track<T>(work: Promise<T>): Promise<T> {
    this.#all.add(work);
    const forget = (): void => void this.#all.delete(work);
    work.then(forget, forget);
    return work;
  }

  /** One after the other, in the order in which they were added, whether those before succeed or fail. */
  inOrder<T>(of: object, work: () => Promise<T>): Promise<T> {
    return this.track(this.#queue.add(of, work));
  }

  /** Settles when all writes are done, or given up. */
  async settled(): Promise<void> {
    while (this.#all.size > 0) await Promise.allSettled(this.#all);
  }
}
