import { describe, expect, it } from 'vitest';
import { asksOnlyWhenQuiet, quietAtMs, yieldsToNewer, type Burst, type BurstPolicy } from './burst.js';

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

describe('[S-13] a reply waits for quiet', () => {
  it.each([
    ['after one text', burst(), 1_500, 1_500],
    ['after three texts', burst({ newestAtMs: 2_000 }), 1_500, 3_500],
    ['after texts without end', burst({ newestAtMs: 4_900 }), 1_500, 5_000],
    ['on a quicker channel', burst(), 300, 300],
  ])('a reply is sent at the right time %s', (_, texts, quietMs, at) => {
    expect(quietAtMs(texts, quietMs, policy)).toBe(at);
  });
});

describe('[S-13] a draft yields to a newer text', () => {
  it.each([
    ['within the burst, however often', burst({ reruns: 9 }), 4_999, true],
    ['after the burst, twice', burst({ reruns: 1 }), 5_000, true],
    ['after the burst, no third time', burst({ reruns: 2 }), 5_000, false],
    ['not for ever', burst(), 20_000, false],
  ])('a newer text supersedes a draft: %s', (_, texts, nowMs, yields) => {
    expect(yieldsToNewer(texts, policy, nowMs)).toBe(yields);
  });
});

it('a burst asks the model three times at once, and after that only when the person is quiet', () => {
  const asks = [0, 1, 2, 3].map((reruns) => asksOnlyWhenQuiet(burst({ reruns }), policy));
  expect(asks).toEqual([false, false, false, true]);
});
