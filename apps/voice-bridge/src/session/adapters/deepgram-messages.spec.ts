import { describe, expect, it } from 'vitest';
import { readFlux } from './deepgram-flux.js';
import { readNova } from './deepgram-nova.js';

const turn = (event: string, transcript: string, words: object[] = []) => ({
  type: 'TurnInfo',
  event,
  transcript,
  words,
});

describe('a message of Flux', () => {
  it.each([
    ['StartOfTurn', [{ kind: 'speech-started' }, { kind: 'turn-words', text: 'Hello', lastWordEndMs: 480 }]],
    ['Update', [{ kind: 'turn-words', text: 'Hello', lastWordEndMs: 480 }]],
    ['TurnResumed', [{ kind: 'turn-words', text: 'Hello', lastWordEndMs: 480 }]],
    ['EndOfTurn', [{ kind: 'turn-ended', text: 'Hello', lastWordEndMs: 480 }]],
    ['EagerEndOfTurn', [{ kind: 'alive' }]],
    ['an event of the future', [{ kind: 'alive' }]],
  ])('%s', (event, signals) => {
    expect(readFlux(turn(event, 'Hello', [{ word: 'Hello', confidence: 1, end: 0.48 }]))).toEqual(signals);
  });

  it('that has nothing to tell is a sign of life, unlike a connection that only stands', () => {
    expect(readFlux(turn('Update', ''))).toEqual([{ kind: 'alive' }]);
    expect(readFlux({ type: 'Connected' })).toEqual([]);
  });

  it('without times has none, and an error is the end', () => {
    expect(readFlux(turn('EndOfTurn', 'Hi', [{ word: 'Hi', confidence: 1 }]))).toEqual([
      { kind: 'turn-ended', text: 'Hi' },
    ]);
    expect(readFlux({ type: 'Error', code: 'OVERLOADED', description: 'busy' })).toEqual([
      { kind: 'lost', reason: 'OVERLOADED' },
    ]);
    expect(readFlux('not JSON')).toEqual([]);
  });
});

describe('a message of Nova', () => {
  it('of results is a piece of the turn', () => {
    const channel = { alternatives: [{ transcript: 'hello', confidence: 1, words: [{ end: 1.5 }] }] };
    expect(readNova({ type: 'Results', is_final: true, speech_final: false, channel })).toEqual([
      { kind: 'piece-words', text: 'hello', isFinal: true, isSpeechFinal: false, lastWordEndMs: 1_500 },
    ]);
    expect(readNova({ type: 'Results', channel: { alternatives: [] } })).toEqual([
      { kind: 'piece-words', text: '', isFinal: false, isSpeechFinal: false },
    ]);
  });

  it.each([
    ['SpeechStarted', [{ kind: 'speech-started' }]],
    ['UtteranceEnd', [{ kind: 'utterance-ended' }]],
    ['Metadata', []],
    ['a type of the future', []],
  ])('%s', (type, signals) => {
    expect(readNova({ type })).toEqual(signals);
  });
});
