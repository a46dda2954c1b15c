import { newId } from '@parley/service-kit';
import { expect, it } from 'vitest';
import { MessageRate } from './message-rate.js';
import { MessageRates } from './message-rates.js';

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

it('each person has a rate of their own, even among 20,000 people', () => {
  const rates = new MessageRates();
  const fast = newId('thr');
  for (let n = 0; n < 9; n++) rates.allows(fast, 0);
  for (let n = 0; n < 20_000; n++) expect(rates.allows(newId('thr'), n)).toBe(true);
  const slow = new MessageRates();
  for (let n = 0; n < 11; n++) slow.allows(fast, 0);
  expect(slow.allows(fast, 0)).toBe(false);
  expect(slow.allows(newId('thr'), 0)).toBe(true);
});
