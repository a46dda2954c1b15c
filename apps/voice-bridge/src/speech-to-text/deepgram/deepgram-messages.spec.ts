import { describe, expect, it } from 'vitest';
import { readFluxMessage } from './deepgram-flux.js';
import { NovaTranscript } from './nova-transcript.js';

const turn = (event: string, transcript: string, words: object[] = []) => ({
  type: 'TurnInfo',
  event,
  transcript,
  words,
});

describe('a message of Flux', () => {
  it.each([
    [
      'StartOfTurn',
      [{ kind: 'speech-started' }, { kind: 'interim-transcript', text: 'Hello', lastWordEndMs: 480 }],
    ],
    ['Update', [{ kind: 'interim-transcript', text: 'Hello', lastWordEndMs: 480 }]],
    ['TurnResumed', [{ kind: 'interim-transcript', text: 'Hello', lastWordEndMs: 480 }]],
    ['EndOfTurn', [{ kind: 'end-of-turn', text: 'Hello', lastWordEndMs: 480 }]],
    ['EagerEndOfTurn', [{ kind: 'alive' }]],
    ['an event of the future', [{ kind: 'alive' }]],
  ])('the Flux event %s is translated to signals', (event, signals) => {
    expect(readFluxMessage(turn(event, 'Hello', [{ word: 'Hello', confidence: 1, end: 0.48 }]))).toEqual(
      signals,
    );
  });

  it('a Flux message without words counts as a sign of life, and "Connected" does not', () => {
    expect(readFluxMessage(turn('Update', ''))).toEqual([{ kind: 'alive' }]);
    expect(readFluxMessage({ type: 'Connected' })).toEqual([]);
  });

  it('a Flux message without word times gives a signal without times, and an error ends the stream', () => {
    expect(readFluxMessage(turn('EndOfTurn', 'Hi', [{ word: 'Hi', confidence: 1 }]))).toEqual([
      { kind: 'end-of-turn', text: 'Hi' },
    ]);
    expect(readFluxMessage({ type: 'Error', code: 'OVERLOADED', description: 'busy' })).toEqual([
      { kind: 'lost', reason: 'OVERLOADED' },
    ]);
    expect(readFluxMessage('not JSON')).toEqual([]);
  });
});

const results = (transcript: string, more: object = {}, words: object[] = []) => ({
  type: 'Results',
  ...more,
  channel: { alternatives: [{ transcript, confidence: 1, words }] },
});
const FINAL = { is_final: true };
const SPEECH_FINAL = { is_final: true, speech_final: true };
const utteranceEnd = { type: 'UtteranceEnd' };
const interim = (text: string) => ({ kind: 'interim-transcript', text });
const endOfTurn = (text: string) => ({ kind: 'end-of-turn', text });
const alive = { kind: 'alive' };

describe('the transcript of Nova', () => {
  it.each([
    [
      'joins the pieces of a turn up to speech_final',
      [results('what'), results('what time', FINAL), results('is'), results('is it', SPEECH_FINAL)],
      [interim('what'), interim('what time'), interim('what time is'), endOfTurn('what time is it')],
    ],
    [
      'ends a turn at an UtteranceEnd if no speech_final arrived',
      [results('what time', FINAL), utteranceEnd],
      [interim('what time'), endOfTurn('what time')],
    ],
    [
      'ends at the next final piece if an UtteranceEnd arrived before it',
      [results('what'), utteranceEnd, results('what time', FINAL), results('and', FINAL)],
      [interim('what'), alive, endOfTurn('what time'), interim('and')],
    ],
    [
      'begins again after each end of turn',
      [results('hello', SPEECH_FINAL), results('again')],
      [endOfTurn('hello'), interim('again')],
    ],
    [
      'is empty after each end of turn',
      [results('', SPEECH_FINAL), utteranceEnd, results('hello', SPEECH_FINAL), utteranceEnd],
      [endOfTurn(''), endOfTurn(''), endOfTurn('hello'), endOfTurn('')],
    ],
    [
      'reports a sign of life in silence',
      [results(''), results('', FINAL), { type: 'Results', channel: { alternatives: [] } }],
      [alive, alive, alive],
    ],
    [
      'loses interim words that Nova no longer reports',
      [results('no'), results('')],
      [interim('no'), interim('')],
    ],
    ['reports the start of speech', [{ type: 'SpeechStarted' }], [{ kind: 'speech-started' }]],
    ['ignores messages of other types', [{ type: 'Metadata' }, { type: 'New' }, 'not JSON'], []],
  ])('the transcript of Nova’s messages %s', (_rule, messages, signals) => {
    const transcript = new NovaTranscript();
    expect(messages.flatMap((message) => transcript.read(message))).toEqual(signals);
  });

  it('the transcript of Nova knows when the last word of a turn ended, also at an UtteranceEnd', () => {
    const transcript = new NovaTranscript();
    expect(transcript.read(results('hello', FINAL, [{ end: 1.5 }]))).toMatchObject([
      { lastWordEndMs: 1_500 },
    ]);
    expect(transcript.read(utteranceEnd)).toEqual([{ ...endOfTurn('hello'), lastWordEndMs: 1_500 }]);
    expect(transcript.read(results('again', SPEECH_FINAL))).toEqual([endOfTurn('again')]);
  });
});
