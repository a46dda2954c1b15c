import { expect, it } from 'vitest';
import { FrameRateLimiter } from './frame-rate-limiter.js';

const FRAME_MS = 20;

/** Returns how many of these frames are allowed before the first refusal. */
function countAllowed(rate: FrameRateLimiter, count: number, fromMs: number, everyMs: number): number {
  for (let n = 0; n < count; n++) if (!rate.allows(fromMs + n * everyMs)) return n;
  return count;
}

it('frames and marks at the rate of a normal call are allowed for any length of time', () => {
  expect(countAllowed(new FrameRateLimiter(0), 500_000, 0, FRAME_MS / 2)).toBe(500_000);
});

it.each([10_000, 35_000, 120_000])(
  'frames that piled up while the process stood still for %d ms are allowed',
  (ms) => {
    const rate = new FrameRateLimiter(0);
    countAllowed(rate, 1_000, 0, FRAME_MS);
    const backlog = Math.min(ms, 60_000) / FRAME_MS;
    expect(countAllowed(rate, backlog, 20_000 + ms, 0)).toBe(backlog);
    expect(countAllowed(rate, 10_000, 20_001 + ms, FRAME_MS)).toBe(10_000);
  },
);

it('frames that arrive all at once are refused from the 2,000th on', () => {
  expect(countAllowed(new FrameRateLimiter(0), 10_000, 0, 0)).toBe(1_999);
});

it('after a standstill, no more than a minute of frames is allowed at once', () => {
  const rate = new FrameRateLimiter(0);
  expect(countAllowed(rate, 100_000, 3_600_000, 0)).toBeLessThan(10_000);
});
