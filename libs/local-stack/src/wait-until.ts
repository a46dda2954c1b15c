import { setTimeout as delay } from 'node:timers/promises';

/** A condition did not become true in time. */
class WaitTimeoutError extends Error {
  override readonly name = 'WaitTimeoutError';
}

/** Long enough for slow and busy machines. A wait ends as soon as its condition is true. */
const DEFAULT_TIMEOUT_MS = 120_000;

/**
 * Calls `condition` repeatedly until it returns something other than `undefined` or `false`. An error of `condition`
 * ends the wait.
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
      throw new WaitTimeoutError(`Gave up after ${timeoutMs} ms of waiting for ${what}.`);
    await delay(intervalMs);
  }
}
