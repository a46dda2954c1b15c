import { describe, expect, it } from 'vitest';
import { agentSentences, firstPositionIn, positionOf, callerWords, wordAt } from './script.js';

describe('the script of the voice bench', () => {
  it.each(['caller', 'agent'] as const)('each word of the %s encodes its position', (side) => {
    const position = { side, call: 99, turn: 7, word: 3 };
    expect(positionOf(wordAt(position))).toEqual(position);
    expect(positionOf(`${wordAt(position)}.`)).toEqual(position);
  });

  it('positionOf returns undefined for a word that is not from the bench', () => {
    expect(['Hello!', 'you', '', 'yababababo-', 'quxabababa'].map(positionOf)).toEqual(
      Array.from({ length: 5 }, () => undefined),
    );
    expect(firstPositionIn(`Hello! ${agentSentences(3, 4).flat().join(' ')}`)).toMatchObject({
      side: 'agent',
      call: 3,
    });
  });

  it('no word of the bench occurs twice in all calls', () => {
    const calls = Array.from({ length: 120 }, (_, call) => call);
    const all = calls.flatMap((call) =>
      [1, 2, 3].flatMap((turn) => [...callerWords(call, turn), ...agentSentences(call, turn).flat()]),
    );
    expect(new Set(all).size).toBe(all.length);
  });
});
