import { RetryableError } from './errors.js';
import { sleep } from './sleep.js';
import { withTimeout } from './with-timeout.js';

const PAUSE_MS = 100;

/**
 * Repeats work that fails with RetryableError. Throws RetryableError when `budgetMs` are over, even while an attempt is
 * running. That attempt may still succeed, so the work must be safe to repeat.
 */
export async function retryWithin<T>(budgetMs: number, work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + budgetMs;
  const retried = retryWhile((inMs) => performance.now() + inMs < deadline, work);
  return withTimeout(budgetMs, retried, () => {
    throw new RetryableError(`the work did not succeed within ${budgetMs} ms`);
  });
}

/**
 * Repeats work that fails with RetryableError as long as another attempt in `inMs` is wanted; then throws the error.
 */
export async function retryWhile<T>(isWanted: (inMs: number) => boolean, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof RetryableError) || !isWanted(PAUSE_MS)) throw error;
      await sleep(PAUSE_MS);
      if (!isWanted(0)) throw error;
    }
  }
}
