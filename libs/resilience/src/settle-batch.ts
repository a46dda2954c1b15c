import { RetryableError } from './errors.js';

/**
 * Processes all items in one transaction, so that a failure has no effect. Returns one result for each item, in order.
 */
export type BatchWork<Item, Result> = (items: readonly Item[]) => Promise<Result[]>;

/**
 * Processes the items together. If that fails, processes each alone, one after the other, so that only the faulty ones
 * fail. A RetryableError is no fault of an item: it fails all items that are not processed yet.
 */
export async function settleBatch<Item, Result>(
  items: readonly Item[],
  work: BatchWork<Item, Result>,
): Promise<PromiseSettledResult<Result>[]> {
  try {
    const results = await work(items);
    return results.map((value) => ({ status: 'fulfilled', value }));
  } catch (reason) {
    if (items.length === 1 || reason instanceof RetryableError) return items.map(() => rejected(reason));
    return settleEach(items, work);
  }
}

async function settleEach<Item, Result>(
  items: readonly Item[],
  work: BatchWork<Item, Result>,
): Promise<PromiseSettledResult<Result>[]> {
  const settled: PromiseSettledResult<Result>[] = [];
  for (const [index, item] of items.entries()) {
    const [alone] = await settleBatch([item], work);
    settled.push(alone!);
    if (alone!.status === 'rejected' && alone!.reason instanceof RetryableError) {
      const { reason } = alone!;
      return [...settled, ...items.slice(index + 1).map(() => rejected(reason))];
    }
  }
  return settled;
}

function rejected(reason: unknown): PromiseRejectedResult {
  return { status: 'rejected', reason };
}
