import { expect, it } from 'vitest';
import { KeyedQueue } from './keyed-queue.js';

/** Returns work that ends when the test says so, and a list of the work that has begun. */
function given() {
  const queue = new KeyedQueue<string>();
  const begun: string[] = [];
  const ends = new Map<string, { resolve: () => void; reject: (error: Error) => void }>();
  const add = (key: string, name: string): Promise<void> =>
    queue.add(key, () => {
      begun.push(name);
      return new Promise((resolve, reject) => ends.set(name, { resolve, reject }));
    });
  return { queue, begun, add, end: (name: string) => ends.get(name)!.resolve(), ends };
}

it('a keyed queue begins work of one key when its earlier work has ended, and work of other keys at once', async () => {
  const { begun, add, end } = given();
  const first = add('a', 'a1');
  void add('a', 'a2');
  void add('b', 'b1');
  expect(begun).toEqual(['a1', 'b1']);
  end('a1');
  await first;
  await expect.poll(() => begun).toEqual(['a1', 'b1', 'a2']);
});

it('a keyed queue continues after work that failed, and rejects only the promise of that work', async () => {
  const { begun, add, end, ends, queue } = given();
  const failing = add('a', 'a1');
  const next = add('a', 'a2');
  ends.get('a1')!.reject(new Error('failed'));
  await expect(failing).rejects.toThrow('failed');
  await expect.poll(() => begun).toEqual(['a1', 'a2']);
  end('a2');
  await next;
  await queue.whenIdle();
});

it('a keyed queue is idle once its last work has settled, including work that was added meanwhile', async () => {
  const { add, end, queue, begun } = given();
  let isIdle = false;
  void add('a', 'a1');
  const idle = queue.whenIdle().then(() => (isIdle = true));
  void add('a', 'a2');
  end('a1');
  await expect.poll(() => begun).toEqual(['a1', 'a2']);
  expect(isIdle).toBe(false);
  end('a2');
  await idle;
});
