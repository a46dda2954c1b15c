import { RetryableError } from './errors.js';

const PAUSE_MS = 100;

/**
 * Repeats work that failed for a passing reason until `budgetMs` are over, then throws RetryableError, also while
 * the last try is still under way. That try may yet succeed: the work must bear being done again.
 */
export async function retryWithin<T>(budgetMs: number, work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + budgetMs;
  let overtime: NodeJS.Timeout | undefined;
  const isOver = new Promise<never>((_, reject) => {
    overtime = setTimeout(() => reject(new RetryableError(`not done within ${budgetMs} ms`)), budgetMs);
  });
  try {
    return await Promise.race([retryWhile((inMs) => performance.now() + inMs < deadline, work), isOver]);
  } finally {
    clearTimeout(overtime);
  }
}

/** Repeats work that failed for a passing reason for as long as a try `inMs` from now is wanted; then throws that reason. */
export async function retryWhile<T>(isWanted: (inMs: number) => boolean, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof RetryableError) || !isWanted(PAUSE_MS)) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      if (!isWanted(0)) throw error;
    }
  }
}
