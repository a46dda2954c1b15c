import { describe, expect, it } from 'vitest';
import { answerOf, placeIn, placeOf, sayingOf, wordAt } from './script.js';

describe('a word of the bench', () => {
  it.each(['caller', 'agent'] as const)('of the %s names its place', (side) => {
    const place = { side, call: 99, turn: 7, word: 3 };
    expect(placeOf(wordAt(place))).toEqual(place);
    expect(placeOf(`${wordAt(place)}.`)).toEqual(place);
  });

  it('is no word of anybody else', () => {
    expect(['Hello!', 'you', '', 'yababababo-', 'quxabababa'].map(placeOf)).toEqual(
      Array.from({ length: 5 }, () => undefined),
    );
    expect(placeIn(`Hello! ${answerOf(3, 4).flat().join(' ')}`)).toMatchObject({ side: 'agent', call: 3 });
  });

  it('is said once among all calls', () => {
    const calls = Array.from({ length: 120 }, (_, call) => call);
    const all = calls.flatMap((call) =>
      [1, 2, 3].flatMap((turn) => [...sayingOf(call, turn), ...answerOf(call, turn).flat()]),
    );
    expect(new Set(all).size).toBe(all.length);
  });
});
