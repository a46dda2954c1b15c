import { describe, expect, it } from 'vitest';
import { asksOnlyWhenQuiet, quietAtMs, yieldsToNewer, type Burst, type BurstPolicy } from './burst.js';

const policy: BurstPolicy = {
  quietMs: { sms: 1_500, web: 300, voice: 0 },
  longestMs: 5_000,
  maxReruns: 2,
  supersededForMs: 20_000,
};
const burst = (more: Partial<Burst> = {}): Burst => ({
  channel: 'sms',
  firstAtMs: 0,
  newestAtMs: 0,
  reruns: 0,
  ...more,
});

describe('[S-13] a reply waits for quiet', () => {
  it.each([
    ['one text', burst(), 1_500],
    ['three texts', burst({ newestAtMs: 2_000 }), 3_500],
    ['texts without end', burst({ newestAtMs: 4_900 }), 5_000],
    ['a web chat', burst({ channel: 'web' }), 300],
    ['a call', burst({ channel: 'voice' }), 0],
  ])('%s', (_, texts, at) => {
    expect(quietAtMs(texts, policy)).toBe(at);
  });
});

describe('[S-13] a draft yields to a newer text', () => {
  it.each([
    ['within the burst, however often', burst({ reruns: 9 }), 4_999, true],
    ['after the burst, twice', burst({ reruns: 1 }), 5_000, true],
    ['after the burst, no third time', burst({ reruns: 2 }), 5_000, false],
    ['not for ever', burst(), 20_000, false],
  ])('%s', (_, texts, nowMs, yields) => {
    expect(yieldsToNewer(texts, policy, nowMs)).toBe(yields);
  });
});

it('asks the model three times at once, and then only when the person is quiet', () => {
  const asks = [0, 1, 2, 3].map((reruns) => asksOnlyWhenQuiet(burst({ reruns }), policy));
  expect(asks).toEqual([false, false, false, true]);
});
