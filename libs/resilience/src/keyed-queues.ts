/** Works items off: those of one key one after the other, keys beside each other. */
export class KeyedQueues<T> {
  readonly #work: (item: T) => Promise<void>;
  readonly #queues = new Map<string, T[]>();
  #onIdle: (() => void)[] = [];

  /** @param work must not reject */
  constructor(work: (item: T) => Promise<void>) {
    this.#work = work;
  }

  add(key: string, item: T): void {
    const queue = this.#queues.get(key);
    if (queue) {
      queue.push(item);
      return;
    }
    const started = [item];
    this.#queues.set(key, started);
    void this.#drain(key, started);
  }

  /** Resolves when nothing is worked on or waits; after `timeoutMs`, if given, in any case. */
  whenIdle(timeoutMs?: number): Promise<void> {
    if (this.#queues.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = timeoutMs === undefined ? undefined : setTimeout(resolve, timeoutMs);
      this.#onIdle.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  async #drain(key: string, queue: T[]): Promise<void> {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await this.#work(item);
    this.#queues.delete(key);
    if (this.#queues.size > 0) return;
    const waiting = this.#onIdle;
    this.#onIdle = [];
    for (const resolve of waiting) resolve();
  }
}
