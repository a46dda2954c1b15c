import { type BatchWork, settleBatch } from '@parley/resilience';

export interface KeyedBatchesOptions<Item, Result> {
  /** The most items of one batch. */
  readonly maxItems: number;
  readonly work: BatchWork<Item, Result>;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (reason: unknown) => void;
}

/**
 * Handles the items of one key in their order, one batch after the other; items that arrive during a batch form the next
 * batch. When a batch fails because of an item, each of its items is handled alone, so that only the faulty ones fail.
 */
export class KeyedBatches<Key, Item, Result> {
  /** The waiting items of each busy key. */
  readonly #waiting = new Map<Key, Waiting<Item, Result>[]>();

  constructor(private readonly options: KeyedBatchesOptions<Item, Result>) {}

  /** Settles with the result of the work on this item. */
  add(key: Key, item: Item): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    const waiting = { item, resolve, reject };
    const others = this.#waiting.get(key);
    if (others) others.push(waiting);
    else {
      this.#waiting.set(key, []);
      void this.#run(key, [waiting]);
    }
    return promise;
  }

  async #run(key: Key, first: readonly Waiting<Item, Result>[]): Promise<void> {
    for (let batch = first; batch.length > 0;) {
      await this.#handle(batch);
      batch = this.#waiting.get(key)!.splice(0, this.options.maxItems);
    }
    this.#waiting.delete(key);
  }

  async #handle(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    const settled = await settleBatch(
      batch.map(({ item }) => item),
      this.options.work,
    );
    for (const [index, { resolve, reject }] of batch.entries()) {
      const outcome = settled[index]!;
      if (outcome.status === 'fulfilled') resolve(outcome.value);
      else reject(outcome.reason);
    }
  }
}
