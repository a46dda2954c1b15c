import { describe, expect, it } from 'vitest';
import { comparableText, loopReasonOf } from './text-loop.js';

const limits = { repliesInTwoMinutes: 10, repliesInADay: 60, equalTexts: 4 };

describe('a text', () => {
  it.each([
    [{ repliesInTwoMinutes: 9, repliesInADay: 59, equalTexts: 3 }, undefined],
    [{ repliesInTwoMinutes: 10, repliesInADay: 10, equalTexts: 1 }, 'reply-cap'],
    [{ repliesInTwoMinutes: 0, repliesInADay: 60, equalTexts: 1 }, 'reply-cap'],
    [{ repliesInTwoMinutes: 3, repliesInADay: 3, equalTexts: 4 }, 'repeated-text'],
  ] as const)('for a thread with the counts %o, loopReasonOf returns %s', (pace, reason) => {
    expect(loopReasonOf(pace, limits)).toBe(reason);
  });

  it.each([
    ['We are closed.', ' we are  CLOSED.\n'],
    ['OK', '\u200bＯＫ'],
  ])('the text %j counts as equal to %j', (one, other) => {
    expect(comparableText(one)).toBe(comparableText(other));
  });
});
