import { setTimeout as delay } from 'node:timers/promises';

/** What one waited for did not come true in time. */
export class WaitTimeoutError extends Error {
  override readonly name = 'WaitTimeoutError';
}

/** Long, since a machine may be slow and busy; a wait whose condition comes true never takes it. */
const DEFAULT_TIMEOUT_MS = 120_000;

/**
 * Asks `condition` again and again until it returns something else than `undefined` or `false`. What it throws ends
 * the waiting.
 */
export async function waitUntil<T>(
  what: string,
  condition: () => Promise<T | undefined | false> | T | undefined | false,
  { timeoutMs = DEFAULT_TIMEOUT_MS, intervalMs = 25 }: { timeoutMs?: number; intervalMs?: number } = {},
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
