import { afterEach, expect, it, vi } from 'vitest';
import { FrameClock } from './frame-clock.js';

afterEach(() => vi.restoreAllMocks());

it('FrameClock.catchUp runs all frames that are due at the given time and no later ones', () => {
  const clock = new FrameClock();
  const frames: number[] = [];
  const call = { frame: (atMs: number) => void frames.push(atMs) };
  vi.spyOn(performance, 'now').mockReturnValue(1_000);
  clock.add(call, 0);
  clock.catchUp(call, 45);
  expect(frames).toEqual([20, 40]);
  clock.clear();
});
