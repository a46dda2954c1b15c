import { RetryableError } from './errors.js';
import { expect, it } from 'vitest';
import { retryWithin } from './retry-within.js';

const LONG_MS = 20_000;

it('repeats what failed for a passing reason until it succeeds', async () => {
  let tries = 0;
  const work = async () => {
    tries += 1;
    if (tries < 3) throw new RetryableError('Postgres is away');
    return 'done';
  };
  expect(await retryWithin(LONG_MS, work)).toBe('done');
  expect(tries).toBe(3);
});

it('repeats nothing that failed for good', async () => {
  let tries = 0;
  const work = async () => {
    tries += 1;
    throw new TypeError('a bug');
  };
  await expect(retryWithin(LONG_MS, work)).rejects.toThrow(TypeError);
  expect(tries).toBe(1);
});

it('says that a retry may help when its time is over, and tries no more', async () => {
  let tries = 0;
  const work = async () => {
    tries += 1;
    throw new RetryableError('Postgres is away');
  };
  await expect(retryWithin(250, work)).rejects.toThrow(RetryableError);
  expect(tries).toBeGreaterThan(0);
  const triedInTime = tries;
  await new Promise((resolve) => setTimeout(resolve, 250));
  expect(tries).toBe(triedInTime);
});

it('does not wait longer for a try that is under way', async () => {
  const endless = () => new Promise<never>(() => undefined);
  await expect(retryWithin(50, endless)).rejects.toThrow(RetryableError);
});
