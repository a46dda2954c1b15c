import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RetryableError } from './errors.js';
import { retryWhile, retryWithin } from './retry.js';

type Work = () => Promise<string>;

const LONG_MS = 20_000;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const away = () => Promise.reject(new RetryableError('Postgres is unavailable'));

/** Runs all timers and returns the outcome of the work. */
async function endOf<T>(retried: Promise<T>): Promise<PromiseSettledResult<T>> {
  const [[settled]] = await Promise.all([Promise.allSettled([retried]), vi.runAllTimersAsync()]);
  return settled;
}

it('retryWithin repeats work that fails with RetryableError until it succeeds', async () => {
  const work = vi.fn<Work>(away);
  work.mockImplementationOnce(away).mockImplementationOnce(away).mockResolvedValueOnce('done');
  expect(await endOf(retryWithin(LONG_MS, work))).toEqual({ status: 'fulfilled', value: 'done' });
  expect(work).toHaveBeenCalledTimes(3);
});

it('retryWithin does not repeat work that fails with an error other than RetryableError', async () => {
  const work = vi.fn<Work>(() => Promise.reject(new TypeError('a bug')));
  expect(await endOf(retryWithin(LONG_MS, work))).toMatchObject({ reason: expect.any(TypeError) });
  expect(work).toHaveBeenCalledTimes(1);
});

it('retryWithin throws a retryable error when its budget is spent, and stops', async () => {
  const work = vi.fn<Work>(away);
  expect(await endOf(retryWithin(250, work))).toMatchObject({ reason: expect.any(RetryableError) });
  expect(work).toHaveBeenCalledTimes(3);
});

it('retryWithin does not wait beyond its budget for a running attempt, and begins no further attempt', async () => {
  const inTime = vi.fn<Work>(async () => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    return away();
  });
  const startedAt = performance.now();
  let waitedMs = 0;
  const retried = retryWithin(50, inTime).finally(() => (waitedMs = performance.now() - startedAt));
  expect(await endOf(retried)).toMatchObject({ reason: expect.any(RetryableError) });
  expect(waitedMs).toBe(50);
  expect(inTime).toHaveBeenCalledTimes(1);
});

it('retryWithin begins no attempt after its budget, even if a pause took too long', async () => {
  const work = vi.fn<Work>(away);
  const retried = Promise.allSettled([retryWithin(250, work)]);
  await vi.advanceTimersByTimeAsync(0);
  const now = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + LONG_MS);
  await vi.runAllTimersAsync();
  now.mockRestore();
  expect(await retried).toMatchObject([{ reason: expect.any(RetryableError) }]);
  expect(work).toHaveBeenCalledTimes(1);
});

it('retryWhile repeats work as long as another attempt is wanted', async () => {
  const work = vi.fn<Work>(away);
  const retried = retryWhile(() => work.mock.calls.length < 500, work);
  expect(await endOf(retried)).toMatchObject({ reason: expect.any(RetryableError) });
  expect(work).toHaveBeenCalledTimes(500);
});
