/** Runs the work of one key in the order in which it was added, and the work of different keys at the same time. */
export class KeyedQueue<Key> {
  readonly #last = new Map<Key, Promise<void>>();

  /** Begins `work` once all earlier work of `key` has settled, even if that failed. Settles as `work` does. */
  add<T>(key: Key, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const result = before ? before.then(work) : work();
    const settled: Promise<void> = result.then(ignore, ignore).finally(() => {
      if (this.#last.get(key) === settled) this.#last.delete(key);
    });
    this.#last.set(key, settled);
    return result;
  }

  /** Resolves when no work is running or waiting. */
  async whenIdle(): Promise<void> {
    while (this.#last.size > 0) await Promise.all(this.#last.values());
  }
}

function ignore(): void {}
