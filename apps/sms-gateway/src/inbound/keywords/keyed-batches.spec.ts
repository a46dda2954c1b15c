import { RetryableError } from '@parley/resilience';
import { describe, expect, it } from 'vitest';
import { KeyedBatches } from './keyed-batches.js';

/** Batches whose work lasts until the test calls `end`. */
function given(maxItems = 3) {
  const done: string[][] = [];
  const ends: (() => void)[] = [];
  const batches = new KeyedBatches<string, string, void>({
    maxItems,
    work: async (items) => {
      done.push([...items]);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (items.includes('bad')) throw new Error('bad');
      if (items.includes('outage')) throw new RetryableError('Postgres is unavailable');
      return items.map(() => undefined);
    },
  });
  const end = async () => {
    ends.shift()!();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { batches, done, end };
}

describe('the items of one key', () => {
  it('items that arrive during a batch of their key wait and form the next batch', async () => {
    const { batches, done, end } = given();
    const all = ['a', 'b', 'c', 'd', 'e'].map((item) => batches.add('key', item));
    expect(done).toEqual([['a']]);
    await end();
    expect(done).toEqual([['a'], ['b', 'c', 'd']]);
    await end();
    await end();
    expect(done).toEqual([['a'], ['b', 'c', 'd'], ['e']]);
    expect(await Promise.all(all)).toHaveLength(5);
    void batches.add('key', 'f');
    expect(done.at(-1)).toEqual(['f']);
  });

  it('items of one key do not wait for items of another key', () => {
    const { batches, done } = given();
    void batches.add('one', 'a');
    void batches.add('other', 'b');
    expect(done).toEqual([['a'], ['b']]);
  });

  it('a faulty item of a batch fails alone', async () => {
    const { batches, done, end } = given();
    const [first, ...others] = ['a', 'b', 'bad', 'c'].map((item) => batches.add('key', item));
    const outcomes = Promise.allSettled(others);
    await end();
    for (let left = 4; left > 0; left--) await end();
    expect(await first).toBeUndefined();
    expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(done).toEqual([['a'], ['b', 'bad', 'c'], ['b'], ['bad'], ['c']]);
  });

  it('all items of a batch fail if the batch fails by an outage; none is handled again alone', async () => {
    const { batches, done, end } = given();
    const [first, ...others] = ['a', 'b', 'outage', 'c'].map((item) => batches.add('key', item));
    const outcomes = Promise.allSettled(others);
    await end();
    await end();
    expect(await first).toBeUndefined();
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(done).toEqual([['a'], ['b', 'outage', 'c']]);
  });
});
