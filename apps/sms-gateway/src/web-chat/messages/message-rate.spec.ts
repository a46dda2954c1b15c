import { expect, it } from 'vitest';
import { MessageRate } from './message-rate.js';

it('ten messages at once are allowed, and then one a second', () => {
  const rate = new MessageRate(0);
  expect(Array.from({ length: 12 }, () => rate.allows(0))).toEqual([...Array(10).fill(true), false, false]);
  expect([999, 1_000, 1_001, 2_000].map((ms) => rate.allows(ms))).toEqual([false, true, false, true]);
});

it('a long silence allows no more than ten messages at once', () => {
  const rate = new MessageRate(0);
  const allowed = Array.from({ length: 100 }, () => rate.allows(86_400_000)).filter(Boolean);
  expect(allowed).toHaveLength(10);
});
