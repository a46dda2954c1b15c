import { setTimeout as delay } from 'node:timers/promises';
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
    return await Promise.race([repeat(work, deadline), isOver]);
  } finally {
    clearTimeout(overtime);
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
