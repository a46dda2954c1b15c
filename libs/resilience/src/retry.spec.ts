import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RetryableError } from './errors.js';
import { retryWhile, retryWithin } from './retry.js';

type Work = () => Promise<string>;

const LONG_MS = 20_000;

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const away = () => Promise.reject(new RetryableError('Postgres is away'));

/** What came of it, however long it takes, and that nothing of it goes on. */
async function endOf<T>(retried: Promise<T>): Promise<PromiseSettledResult<T>> {
  const [[settled]] = await Promise.all([Promise.allSettled([retried]), vi.runAllTimersAsync()]);
  return settled;
}

it('repeats what failed for a passing reason until it succeeds', async () => {
  const work = vi.fn<Work>(away);
  work.mockImplementationOnce(away).mockImplementationOnce(away).mockResolvedValueOnce('done');
  expect(await endOf(retryWithin(LONG_MS, work))).toEqual({ status: 'fulfilled', value: 'done' });
  expect(work).toHaveBeenCalledTimes(3);
});

it('repeats nothing that failed for good', async () => {
  const work = vi.fn<Work>(() => Promise.reject(new TypeError('a bug')));
  expect(await endOf(retryWithin(LONG_MS, work))).toMatchObject({ reason: expect.any(TypeError) });
  expect(work).toHaveBeenCalledTimes(1);
});

it('says that a retry may help when its time is over, and tries no more', async () => {
  const work = vi.fn<Work>(away);
  expect(await endOf(retryWithin(250, work))).toMatchObject({ reason: expect.any(RetryableError) });
  expect(work).toHaveBeenCalledTimes(3);
});

it('does not wait longer for a try that is under way, and does not try again when that fails', async () => {
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

it('begins no try after its time when a pause took longer than it should', async () => {
  const work = vi.fn<Work>(away);
  const retried = Promise.allSettled([retryWithin(250, work)]);
  await vi.advanceTimersByTimeAsync(0);
  const now = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + LONG_MS);
  await vi.runAllTimersAsync();
  now.mockRestore();
  expect(await retried).toMatchObject([{ reason: expect.any(RetryableError) }]);
  expect(work).toHaveBeenCalledTimes(1);
});

it('goes on for as long as it is wanted', async () => {
  const work = vi.fn<Work>(away);
  const retried = retryWhile(() => work.mock.calls.length < 500, work);
  expect(await endOf(retried)).toMatchObject({ reason: expect.any(RetryableError) });
  expect(work).toHaveBeenCalledTimes(500);
});
