import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { noiseAudio, SAMPLES_PER_MS, silentAudio, encodeSpeech } from '../speech/tone-modem.js';
import { FluxRecogniser, type FluxThresholds, type TurnInfo } from './flux-recogniser.js';

const THRESHOLDS: FluxThresholds = { eotThreshold: 0.7, eagerEotThreshold: 0.4, eotTimeoutMs: 5_000 };
const pause = (ms: number) => silentAudio(ms * SAMPLES_PER_MS);
const turnsWith = (over: Partial<FluxThresholds> = {}) => new FluxRecogniser({ ...THRESHOLDS, ...over }, 200);

function recognise(turns: FluxRecogniser, ...pieces: Uint8Array[]): TurnInfo[] {
  const audio = Buffer.concat(pieces);
  const infos: TurnInfo[] = [];
  for (let i = 0; i < audio.length; i += 640) infos.push(...turns.push(audio.subarray(i, i + 640)));
  return infos;
}
const changes = (infos: readonly TurnInfo[]) => infos.filter(({ event }) => event !== 'Update');
const eventsOf = (infos: readonly TurnInfo[]) => changes(infos).map(({ event }) => event);

describe('FluxRecogniser', () => {
  it('a turn of the simulated Flux starts with its first word and ends when silence raises the confidence to the threshold', () => {
    const speech = encodeSpeech('Where is my parcel');
    const infos = recognise(turnsWith(), pause(500), speech.audio, pause(600));
    expect(eventsOf(infos)).toEqual(['StartOfTurn', 'EagerEndOfTurn', 'EndOfTurn']);
    const [start, eager, end] = changes(infos);
    expect(start!.transcript).toBe('Where');
    expect(end).toMatchObject({ transcript: 'Where is my parcel', turn_index: 0, trigger: 'model' });
    expect(eager!.transcript).toBe(end!.transcript);
    const silentMs = Math.round((end!.audio_window_end - end!.words.at(-1)!.end) * 1_000);
    expect(silentMs).toBeGreaterThanOrEqual(200);
    expect(silentMs).toBeLessThan(240);
  });

  it('the simulated Flux sends an update about every 250 ms, also in silence', () => {
    const infos = recognise(turnsWith(), pause(2_000));
    expect(infos).toHaveLength(7);
    expect(infos.every(({ event, transcript }) => event === 'Update' && transcript === '')).toBe(true);
  });

  it('the simulated Flux sends an eager end of turn at a short pause and TurnResumed when speech continues', () => {
    const infos = recognise(turnsWith(), encodeSpeech('One moment. I am looking').audio, pause(500));
    expect(eventsOf(infos)).toEqual([
      'StartOfTurn',
      'EagerEndOfTurn',
      'TurnResumed',
      'EagerEndOfTurn',
      'EndOfTurn',
    ]);
  });

  it('the simulated Flux sends no eager events without an eager threshold', () => {
    const infos = recognise(
      turnsWith({ eagerEotThreshold: null }),
      encodeSpeech('One moment. I look').audio,
      pause(500),
    );
    expect(eventsOf(infos)).toEqual(['StartOfTurn', 'EndOfTurn']);
  });

  it('the simulated Flux ends a turn after an unfinished sentence only at the time-out', () => {
    const turns = turnsWith({ eotTimeoutMs: 1_500 });
    expect(eventsOf(recognise(turns, encodeSpeech('My number is,').audio, pause(1_000)))).not.toContain(
      'EndOfTurn',
    );
    const end = changes(recognise(turns, pause(1_000))).at(-1);
    expect(end).toMatchObject({ event: 'EndOfTurn', trigger: 'timeout' });
  });

  it('with an end-of-turn threshold of 1, only the client ends a turn of the simulated Flux', () => {
    const turns = turnsWith({ eotThreshold: 1, eagerEotThreshold: null });
    expect(eventsOf(recognise(turns, encodeSpeech('one two three').audio, pause(3_000)))).toEqual([
      'StartOfTurn',
    ]);
    expect(turns.forceEnd()).toMatchObject([
      { event: 'EndOfTurn', trigger: 'manual', transcript: 'one two three' },
    ]);
    expect(turns.forceEnd()).toEqual([]);
  });

  it('the simulated Flux does not end a turn when the audio stops in the middle of the turn', () => {
    expect(eventsOf(recognise(turnsWith(), encodeSpeech('is anybody').audio))).toEqual(['StartOfTurn']);
  });

  it('noise does not start a turn of the simulated Flux', () => {
    expect(eventsOf(recognise(turnsWith(), noiseAudio(800 * SAMPLES_PER_MS), pause(800)))).toEqual([]);
  });

  it('the events of the simulated Flux follow the vendor’s state machine for any speech and any chunk size', () => {
    const piece = fc.oneof(
      fc
        .constantFrom('Yes.', 'My name is Ada', 'well,', 'No! Never.')
        .map((text) => encodeSpeech(text, 3).audio),
      fc.constantFrom('I', 'Go.').map((text) => encodeSpeech(text, 10).audio),
      fc.integer({ min: 20, max: 900 }).map(pause),
      fc.integer({ min: 20, max: 300 }).map((ms) => noiseAudio(ms * SAMPLES_PER_MS, ms)),
    );
    const chunks = fc.integer({ min: 1, max: 2_000 });
    // At 0.9 an eager end of turn lasts long enough for updates to follow it.
    const thresholds = fc.constantFrom(0.7, 0.9);
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), chunks, thresholds, (pieces, chunk, eotThreshold) => {
        const turns = turnsWith({ eotThreshold, eotTimeoutMs: 500 });
        const audio = Buffer.concat(pieces);
        const infos: TurnInfo[] = [];
        for (let i = 0; i < audio.length; i += chunk) infos.push(...turns.push(audio.subarray(i, i + chunk)));
        let state: 'ready' | 'speaking' | 'eager' = 'ready';
        let turn = 0;
        let eagerTranscript = '';
        for (const { event, turn_index: index, transcript, audio_window_end: until } of infos) {
          expect(index).toBe(turn);
          expect(until * 1_000).toBeLessThanOrEqual(audio.length / SAMPLES_PER_MS);
          switch (event) {
            case 'StartOfTurn':
              expect(state).toBe('ready');
              state = 'speaking';
              break;
            case 'EagerEndOfTurn':
              expect(state).toBe('speaking');
              expect(transcript).not.toBe('');
              state = 'eager';
              eagerTranscript = transcript;
              break;
            case 'TurnResumed':
              expect(state).toBe('eager');
              state = 'speaking';
              break;
            case 'EndOfTurn':
              expect(state).not.toBe('ready');
              if (state === 'eager') expect(transcript).toBe(eagerTranscript);
              state = 'ready';
              turn += 1;
              break;
            case 'Update':
              if (state === 'eager') expect(transcript).toBe(eagerTranscript);
              break;
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
