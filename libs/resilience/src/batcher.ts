import DataLoader from 'dataloader';
import { type BatchWork, settleBatch } from './settle-batch.js';

export interface BatcherOptions<Item, Result> {
  /** How long an item waits for others, in milliseconds. */
  readonly gatherMs: number;
  readonly maxItems: number;
  readonly work: BatchWork<Item, Result>;
}

/**
 * Processes items that are added at about the same time together. If one item makes the batch fail, each item is
 * processed alone, so that only that one fails.
 */
export class Batcher<Item, Result> {
  readonly #loader: DataLoader<Item, Result>;

  constructor(private readonly options: BatcherOptions<Item, Result>) {
    this.#loader = new DataLoader((items) => this.#together(items), {
      cache: false,
      maxBatchSize: options.maxItems,
      batchScheduleFn: (start) => setTimeout(start, options.gatherMs),
    });
  }

  /** Adds an item; resolves or rejects with the outcome of that item. */
  add(item: Item): Promise<Result> {
    return this.#loader.load(item);
  }

  async #together(items: readonly Item[]): Promise<(Result | Error)[]> {
    const settled = await settleBatch(items, this.options.work);
    return settled.map((each) => (each.status === 'fulfilled' ? each.value : errorOf(each.reason)));
  }
}

function errorOf(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
