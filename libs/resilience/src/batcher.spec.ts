import { RetryableError } from './errors.js';
import { describe, expect, it } from 'vitest';
import { Batcher } from './batcher.js';

function given(work: (items: readonly string[]) => string[], maxItems = 10) {
  const batches: string[][] = [];
  const batcher = new Batcher<string, string>({
    gatherMs: 1,
    maxItems,
    work: async (items) => {
      batches.push([...items]);
      return work(items);
    },
  });
  const add = (...items: string[]) => Promise.allSettled(items.map((item) => batcher.add(item)));
  return { batches, add };
}

const done = (items: readonly string[]) => items.map((item) => `${item} done`);
const failing = (bad: string, error: Error) => (items: readonly string[]) => {
  if (items.includes(bad)) throw error;
  return done(items);
};

describe('a batcher', () => {
  it('a batcher processes items that are added together in one batch, and gives each its own result', async () => {
    const { batches, add } = given(done);
    expect(await add('a', 'b', 'a')).toMatchObject([
      { value: 'a done' },
      { value: 'b done' },
      { value: 'a done' },
    ]);
    expect(batches).toEqual([['a', 'b', 'a']]);
  });

  it('a batcher processes no more items at once than its limit', async () => {
    const { batches, add } = given(done, 2);
    await add('a', 'b', 'c');
    expect(batches).toEqual([['a', 'b'], ['c']]);
  });

  it('a batcher processes each item alone if the batch fails because of one item', async () => {
    const error = new Error('bad');
    const { batches, add } = given(failing('b', error));
    expect(await add('a', 'b', 'c')).toMatchObject([
      { value: 'a done' },
      { reason: error },
      { value: 'c done' },
    ]);
    expect(batches).toEqual([['a', 'b', 'c'], ['a'], ['b'], ['c']]);
  });

  it('a batcher does not process items alone after a retryable error', async () => {
    const error = new RetryableError('away');
    const { batches, add } = given(failing('a', error));
    expect(await add('a', 'b')).toMatchObject([{ reason: error }, { reason: error }]);
    expect(batches).toHaveLength(1);
  });
});
