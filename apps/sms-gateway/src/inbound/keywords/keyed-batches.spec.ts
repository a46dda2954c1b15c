import { describe, expect, it } from 'vitest';
import { KeyedBatches } from './keyed-batches.js';

/** Work that lasts until the test ends it. */
function given(maxItems = 3) {
  const done: string[][] = [];
  const ends: (() => void)[] = [];
  const turns = new KeyedBatches<string, string>({
    maxItems,
    work: async (items) => {
      done.push([...items]);
      await new Promise<void>((resolve) => ends.push(resolve));
      if (items.includes('bad')) throw new Error('bad');
    },
  });
  const end = async () => {
    ends.shift()!();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { turns, done, end };
}

describe('the items of one key', () => {
  it('items of one key are handled one after another, and waiting items are handled together', async () => {
    const { turns, done, end } = given();
    const all = ['a', 'b', 'c', 'd', 'e'].map((item) => turns.add('key', item));
    expect(done).toEqual([['a']]);
    await end();
    expect(done).toEqual([['a'], ['b', 'c', 'd']]);
    await end();
    await end();
    expect(done).toEqual([['a'], ['b', 'c', 'd'], ['e']]);
    expect(await Promise.all(all)).toHaveLength(5);
    void turns.add('key', 'f');
    expect(done.at(-1)).toEqual(['f']);
  });

  it('items of one key do not wait for those of another key', () => {
    const { turns, done } = given();
    void turns.add('one', 'a');
    void turns.add('other', 'b');
    expect(done).toEqual([['a'], ['b']]);
  });

  it('a faulty item of a batch fails alone', async () => {
    const { turns, done, end } = given();
    const [first, ...others] = ['a', 'b', 'bad', 'c'].map((item) => turns.add('key', item));
    const outcomes = Promise.allSettled(others);
    await end();
    for (let left = 4; left > 0; left--) await end();
    expect(await first).toBeUndefined();
    expect((await outcomes).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(done).toEqual([['a'], ['b', 'bad', 'c'], ['b'], ['bad'], ['c']]);
  });
});
