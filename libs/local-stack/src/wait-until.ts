import { setTimeout as delay } from 'node:timers/promises';

/** What one waited for did not come true in time. */
export class WaitTimeoutError extends Error {
  override readonly name = 'WaitTimeoutError';
}

/**
 * Asks `condition` again and again until it returns something else than `undefined` or `false`. What it throws ends
 * the waiting.
 */
export async function waitUntil<T>(
  what: string,
  condition: () => Promise<T | undefined | false> | T | undefined | false,
  { timeoutMs, intervalMs = 25 }: { timeoutMs: number; intervalMs?: number },
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const result = await condition();
    if (result !== undefined && result !== false) return result;
    if (performance.now() > deadline)
      throw new WaitTimeoutError(`Waited ${timeoutMs} ms in vain for ${what}.`);
    await delay(intervalMs);
  }
}
