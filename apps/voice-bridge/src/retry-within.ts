import { setTimeout as delay } from 'node:timers/promises';
import { RetryableError } from '@parley/messaging';

const PAUSE_MS = 100;

/**
 * Repeats work that failed for a passing reason until `budgetMs` are over, then throws RetryableError, also while
 * the last try is still under way. That try may yet succeed: the work must bear being done again.
 */
export async function retryWithin<T>(budgetMs: number, work: () => Promise<T>): Promise<T> {
  const overtime = new AbortController();
  const deadline = performance.now() + budgetMs;
  try {
    return await Promise.race([
      repeat(work, deadline),
      delay(budgetMs, undefined, { signal: overtime.signal }).then(() => {
        throw new RetryableError(`not done within ${budgetMs} ms`);
      }),
    ]);
  } finally {
    overtime.abort();
  }
}

async function repeat<T>(work: () => Promise<T>, deadline: number): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof RetryableError) || performance.now() + PAUSE_MS >= deadline) throw error;
      await delay(PAUSE_MS);
    }
  }
}
