import { describe, expect, it } from 'vitest';
import { asksOnlyWhenQuiet, quietAtMs, isSupersededByNewer, type Burst, type BurstPolicy } from './burst.js';

const policy: BurstPolicy = {
  longestMs: 5_000,
  maxReruns: 2,
  supersededForMs: 20_000,
};
const burst = (more: Partial<Burst> = {}): Burst => ({
  firstAtMs: 0,
  newestAtMs: 0,
  reruns: 0,
  ...more,
});

describe('[S-13] the time of a reply', () => {
  it.each([
    ['1,500 ms after a single text', burst(), 1_500, 1_500],
    ['1,500 ms after the last of several texts', burst({ newestAtMs: 2_000 }), 1_500, 3_500],
    ['5,000 ms after the first text of a long burst', burst({ newestAtMs: 4_900 }), 1_500, 5_000],
    ['300 ms after a text on a channel with that quiet time', burst(), 300, 300],
  ])('a reply is sent %s', (_, texts, quietMs, at) => {
    expect(quietAtMs(texts, quietMs, policy)).toBe(at);
  });
});

describe('[S-13] a newer text', () => {
  it.each([
    ['supersedes a turn within the burst, even after nine reruns', burst({ reruns: 9 }), 4_999, true],
    ['supersedes a turn after the burst if it has one rerun', burst({ reruns: 1 }), 5_000, true],
    ['does not supersede a turn after the burst if it has two reruns', burst({ reruns: 2 }), 5_000, false],
    ['does not supersede a turn 20 s after the first text', burst(), 20_000, false],
  ])('a newer text %s', (_, texts, nowMs, yields) => {
    expect(isSupersededByNewer(texts, policy, nowMs)).toBe(yields);
  });
});

it('a turn asks the model at once up to its second rerun, and after that only when the person is quiet', () => {
  const asks = [0, 1, 2, 3].map((reruns) => asksOnlyWhenQuiet(burst({ reruns }), policy));
  expect(asks).toEqual([false, false, false, true]);
});
