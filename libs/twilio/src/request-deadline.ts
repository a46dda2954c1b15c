import { AsyncLocalStorage } from 'node:async_hooks';

const deadlines = new AsyncLocalStorage<number>();

/**
 * Runs `work`: each of its Twilio requests is written only before the deadline, and aborted at the deadline.
 * @param deadlineMs on the clock of `performance.now()`, which no change of the wall clock moves
 */
export function withRequestDeadline<T>(deadlineMs: number, work: () => T): T {
  return deadlines.run(deadlineMs, work);
}

/** The deadline of a request that starts now and may take `timeoutMs`. */
export function requestDeadline(timeoutMs: number): number {
  return Math.min(performance.now() + timeoutMs, deadlines.getStore() ?? Infinity);
}
