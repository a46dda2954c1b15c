import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { TimedQueue } from './timed-queue.js';

const STALL_MS = 40;

it('an action that is due at once waits for earlier actions whose time passed in a stall', async () => {
  const done: string[] = [];
  const queue = new TimedQueue();
  const startMs = performance.now();
  queue.at(startMs + STALL_MS / 2, () => done.push('first'));
  while (performance.now() < startMs + STALL_MS);
  queue.at(performance.now(), () => done.push('second'));
  expect(done).toEqual([]);
  await delay(STALL_MS);
  expect(done).toEqual(['first', 'second']);
});
