import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { sleep } from './sleep.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('sleep resolves with true once its time has passed, and leaves no listener on the signal', async () => {
  const { signal } = new AbortController();
  const slept = sleep(500, signal);
  await vi.advanceTimersByTimeAsync(500);
  expect(await slept).toBe(true);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

it('sleep resolves with false as soon as its signal aborts, and leaves no timer', async () => {
  const stop = new AbortController();
  const slept = sleep(500, stop.signal);
  stop.abort();
  expect(await slept).toBe(false);
  expect(vi.getTimerCount()).toBe(0);
});

it('sleep with a signal that has already aborted does not wait', async () => {
  expect(await sleep(500, AbortSignal.abort())).toBe(false);
});
