import { describe, expect, it } from 'vitest';
import { CALL_KINDS, CALLS_PER_ROUND, plannedCalls } from './call-plan.js';

function first(count: number, seed: number) {
  const plan = plannedCalls(seed);
  return Array.from({ length: count }, () => plan.next().value);
}

describe('plannedCalls', () => {
  it('equal seeds plan equal calls, and different seeds different ones', () => {
    expect(first(50, 7)).toEqual(first(50, 7));
    expect(first(50, 7)).not.toEqual(first(50, 8));
  });

  it('each round of planned calls contains every kind of call', () => {
    const calls = first(CALLS_PER_ROUND * 2, 1);
    for (const round of [calls.slice(0, CALLS_PER_ROUND), calls.slice(CALLS_PER_ROUND)])
      expect(new Set(round.map(({ kind }) => kind))).toEqual(new Set(CALL_KINDS));
  });

  it('planned calls are numbered, and callers who interrupt say long sentences', () => {
    const calls = first(CALLS_PER_ROUND, 1);
    expect(calls.map(({ number }) => number)).toEqual(calls.map((_, index) => index + 1));
    const words = (kind: string) => calls.find((call) => call.kind === kind)!.says[0]!.split(' ').length;
    expect(words('interrupts')).toBeGreaterThan(2 * words('talks'));
  });
});
