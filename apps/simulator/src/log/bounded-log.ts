/** An append-only log that keeps the newest `bound` entries and lets readers wait for a condition on it. */
export class BoundedLog<T extends { readonly index: number }> {
  private entries: T[] = [];
  private nextIndex = 0;
  private released = false;
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly bound: number,
    private readonly onEvicted: (entry: T) => void = () => {},
  ) {}

  /** The index that the next entry will get: a reader passes it as `since` to see only what is new. */
  get next(): number {
    return this.nextIndex;
  }

  append<E extends T>(make: (index: number) => E): E {
    const entry = make(this.nextIndex++);
    this.entries.push(entry);
    if (this.entries.length > this.bound) this.onEvicted(this.entries.shift()!);
    this.changed();
    return entry;
  }

  /** Wakes readers after an entry was altered in place. */
  changed(): void {
    for (const check of this.waiting) check();
  }

  /** Entries with `index >= since`, oldest first. */
  since(index: number): T[] {
    const oldest = this.nextIndex - this.entries.length;
    return this.entries.slice(Math.max(0, index - oldest));
  }

  /** Reads until `enough` holds or `waitMs` have passed, whichever comes first; answers the last reading. */
  async waitFor<R>(read: () => R, enough: (reading: R) => boolean, waitMs: number): Promise<R> {
    const first = read();
    if (waitMs === 0 || enough(first)) return first;
    return new Promise((resolve) => {
      const finish = (reading: R) => {
        clearTimeout(deadline);
        this.waiting.delete(check);
        resolve(reading);
      };
      const check = () => {
        const reading = read();
        if (this.released || enough(reading)) finish(reading);
      };
      const deadline = setTimeout(() => finish(read()), waitMs);
      this.waiting.add(check);
    });
  }

  clear(): void {
    this.entries = [];
    this.nextIndex = 0;
    this.changed();
  }

  /** Answers every waiting reader now: the process stops. */
  release(): void {
    this.released = true;
    this.changed();
  }
}
