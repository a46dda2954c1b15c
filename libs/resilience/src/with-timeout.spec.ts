import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { withTimeout } from './with-timeout.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const never = new Promise<never>(() => {});

it('withTimeout settles as work that ends in time does, and leaves no timer', async () => {
  const onTimeout = vi.fn<() => void>();
  expect(await withTimeout(500, Promise.resolve('done'), onTimeout)).toBe('done');
  await expect(withTimeout(500, Promise.reject(new Error('failed')), onTimeout)).rejects.toThrow('failed');
  expect(vi.getTimerCount()).toBe(0);
  expect(onTimeout).not.toHaveBeenCalled();
});

it('withTimeout settles as its onTimeout does if the work takes too long', async () => {
  const returned = withTimeout(500, never, () => 'late');
  const thrown = withTimeout(500, never, () => {
    throw new TypeError('late');
  });
  const both = Promise.allSettled([returned, thrown]);
  await vi.advanceTimersByTimeAsync(500);
  expect(await both).toMatchObject([{ value: 'late' }, { reason: expect.any(TypeError) }]);
});
