import { RetryableError } from './errors.js';
import DataLoader from 'dataloader';

export interface BatcherOptions<Item, Result> {
  /** How long an item waits for others, in milliseconds. */
  readonly gatherMs: number;
  readonly maxItems: number;
  /**
   * Processes all items in one transaction, so that a failure has no effect. Returns one result for each item, in
   * order.
   */
  readonly work: (items: readonly Item[]) => Promise<Result[]>;
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
    try {
      return await this.options.work(items);
    } catch (error) {
      if (items.length === 1 || error instanceof RetryableError) throw error;
      return Promise.all(items.map((item) => this.#alone(item)));
    }
  }

  async #alone(item: Item): Promise<Result | Error> {
    try {
      const [result] = await this.options.work([item]);
      return result!;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }
}
