export interface KeyedBatchesOptions<Item> {
  /** The most items of one batch. */
  readonly maxItems: number;
  /** Handles all items of the batch or none. */
  readonly work: (items: readonly Item[]) => Promise<void>;
}

interface Waiting<Item> {
  readonly item: Item;
  readonly settle: (work: PromiseLike<void>) => void;
}

/**
 * Handles the items of one key in their order, one batch after the other; items that arrive during a batch form the next
 * batch. When a batch fails, each of its items is handled alone, so that only the faulty ones fail.
 */
export class KeyedBatches<Key, Item> {
  /** The waiting items of each busy key. */
  readonly #waiting = new Map<Key, Waiting<Item>[]>();

  constructor(private readonly options: KeyedBatchesOptions<Item>) {}

  /** Settles with the result of the work on this item. */
  add(key: Key, item: Item): Promise<void> {
    let settle: Waiting<Item>['settle'] = () => undefined;
    const done = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const others = this.#waiting.get(key);
    if (others) others.push({ item, settle });
    else {
      this.#waiting.set(key, []);
      void this.#run(key, [{ item, settle }]);
    }
    return done;
  }

  async #run(key: Key, first: readonly Waiting<Item>[]): Promise<void> {
    for (let batch = first; batch.length > 0;) {
      await this.#handle(batch);
      batch = this.#waiting.get(key)!.splice(0, this.options.maxItems);
    }
    this.#waiting.delete(key);
  }

  async #handle(batch: readonly Waiting<Item>[]): Promise<void> {
    const together = this.options.work(batch.map(({ item }) => item));
    const isDone = await together.then(
      () => true,
      () => false,
    );
    if (isDone || batch.length === 1) {
      for (const { settle } of batch) settle(together);
      return;
    }
    for (const each of batch) await this.#handle([each]);
  }
}
