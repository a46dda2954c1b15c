/** An append-only log that holds the newest `bound` entries and lets readers wait for a condition on it. */
export class BoundedLog<T extends { readonly index: number }> {
  private entries: T[] = [];
  private nextIndex = 0;
  private released = false;
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly bound: number,
    private readonly onEvicted: (entry: T) => void = () => {},
  ) {}

  /** The index of the next entry. A reader passes it as `since` to get only newer entries. */
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

  /** Wakes waiting readers after an entry was changed in place. */
  changed(): void {
    for (const check of this.waiting) check();
  }

  /** Entries with `index >= since`, oldest first. */
  since(index: number): T[] {
    const oldest = this.nextIndex - this.entries.length;
    return this.entries.slice(Math.max(0, index - oldest));
  }

  /** Reads again after each change until `enough` holds or `waitMs` have passed; returns the last reading. */
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

  /** Makes every waiting reader return now, because the process stops. */
  release(): void {
    this.released = true;
    this.changed();
  }
}
