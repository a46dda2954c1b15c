import { expect, it } from 'vitest';
import { isCallOver, raisesCallState } from './call-state.js';

it('a reported state of a call counts only if it is later than the current state, and an end is final', () => {
  expect(raisesCallState('unknown', 'initiated')).toBe(true);
  expect(raisesCallState('initiated', 'answered')).toBe(true);
  expect(raisesCallState('answered', 'ringing')).toBe(false);
  expect(raisesCallState('answered', 'answered')).toBe(false);
  expect(raisesCallState('ended', 'failed')).toBe(false);
  expect(raisesCallState('failed', 'ended')).toBe(false);
  expect(['initiated', 'answered', 'ended', 'failed'].map((state) => isCallOver(state as 'ended'))).toEqual([
    false,
    false,
    true,
    true,
  ]);
});
