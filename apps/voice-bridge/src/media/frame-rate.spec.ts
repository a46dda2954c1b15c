import { expect, it } from 'vitest';
import { FrameRate } from './frame-rate.js';

const FRAME_MS = 20;

/** How many of these frames are let in, the first ones. */
function letIn(rate: FrameRate, count: number, fromMs: number, everyMs: number): number {
  for (let n = 0; n < count; n++) if (!rate.allows(fromMs + n * everyMs)) return n;
  return count;
}

it("lets in a caller's frames and marks for as long as they like", () => {
  expect(letIn(new FrameRate(0), 500_000, 0, FRAME_MS / 2)).toBe(500_000);
});

it.each([10_000, 35_000, 120_000])('lets in what was sent while this process stood still for %d ms', (ms) => {
  const rate = new FrameRate(0);
  letIn(rate, 1_000, 0, FRAME_MS);
  const backlog = Math.min(ms, 60_000) / FRAME_MS;
  expect(letIn(rate, backlog, 20_000 + ms, 0)).toBe(backlog);
  expect(letIn(rate, 10_000, 20_001 + ms, FRAME_MS)).toBe(10_000);
});

it('takes 2,000 at once for a flood', () => {
  expect(letIn(new FrameRate(0), 10_000, 0, 0)).toBe(1_999);
});

it('does not let in more than a minute of frames because somebody waited', () => {
  const rate = new FrameRate(0);
  expect(letIn(rate, 100_000, 3_600_000, 0)).toBeLessThan(10_000);
});
