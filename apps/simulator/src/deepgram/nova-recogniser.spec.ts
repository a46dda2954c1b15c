import { describe, expect, it } from 'vitest';
import { noiseAudio, SAMPLES_PER_MS, silentAudio, encodeSpeech } from '../speech/tone-modem.js';
import { NovaRecogniser, type NovaOptions } from './nova-recogniser.js';

const OPTIONS: NovaOptions = {
  interimResults: true,
  endpointingMs: 300,
  utteranceEndMs: 1_000,
  vadEvents: true,
  punctuate: true,
  languages: null,
};

interface Message {
  readonly type: string;
  readonly start?: number;
  readonly duration?: number;
  readonly is_final?: boolean;
  readonly speech_final?: boolean;
  readonly from_finalize?: boolean;
  readonly timestamp?: number;
  readonly last_word_end?: number;
  readonly channel?: { alternatives: [{ transcript: string; words: { word: string; start: number }[] }] };
}

/** Pushes audio in chunks of 80 ms and returns the messages. */
function recognise(engine: NovaRecogniser, ...pieces: Uint8Array[]): Message[] {
  const audio = Buffer.concat(pieces);
  const messages: object[] = [];
  for (let i = 0; i < audio.length; i += 640) messages.push(...engine.push(audio.subarray(i, i + 640)));
  return messages as Message[];
}
const pause = (ms: number) => silentAudio(ms * SAMPLES_PER_MS);
const engineWith = (over: Partial<NovaOptions> = {}) => new NovaRecogniser({ ...OPTIONS, ...over }, {});
const transcriptOf = (message: Message) => message.channel!.alternatives[0].transcript;
const finals = (messages: Message[]) =>
  messages.filter((message) => message.is_final && transcriptOf(message) !== '');

describe('NovaRecogniser', () => {
  it('the simulated Nova reports speech, interim results, and the final result after the endpointing silence', () => {
    const speech = encodeSpeech('Hello, my name is Ada.');
    const messages = recognise(engineWith(), pause(200), speech.audio, pause(400));
    expect(messages[0]).toMatchObject({ type: 'SpeechStarted', timestamp: 0.2 });
    const interim = messages.filter((message) => message.is_final === false);
    expect(interim.length).toBeGreaterThan(3);
    expect(interim.map(transcriptOf)).toContain('Hello, my');
    expect(finals(messages)).toMatchObject([{ speech_final: true, start: 0 }]);
    expect(transcriptOf(finals(messages)[0]!)).toBe('Hello, my name is Ada.');
    const silentMs =
      (finals(messages)[0]!.duration! - 0.2) * 1_000 - speech.words.at(-1)!.end / SAMPLES_PER_MS;
    expect(silentMs).toBeGreaterThanOrEqual(300);
    expect(silentMs).toBeLessThan(340);
  });

  it('the simulated Nova counts word times from the start of the stream', () => {
    const speech = encodeSpeech('one two');
    const [final] = finals(recognise(engineWith(), pause(1_000), speech.audio, pause(400)));
    const starts = final!.channel!.alternatives[0].words.map((word) => word.start * 1_000);
    expect(starts).toEqual(speech.words.map(({ start }) => Math.round(1_000 + start / SAMPLES_PER_MS)));
  });

  it('the simulated Nova sends UtteranceEnd once after a silence of one second', () => {
    const messages = recognise(engineWith(), encodeSpeech('yes please').audio, pause(3_000));
    const ends = messages.filter((message) => message.type === 'UtteranceEnd');
    expect(ends).toHaveLength(1);
    expect(finals(messages)).toHaveLength(1);
  });

  it('the simulated Nova sends UtteranceEnd but no speech_final when noise follows the words', () => {
    const messages = recognise(
      engineWith(),
      encodeSpeech('can you recognise me').audio,
      noiseAudio(2_000 * SAMPLES_PER_MS),
    );
    expect(finals(messages)).toMatchObject([{ speech_final: false }]);
    expect(messages.filter((message) => message.type === 'UtteranceEnd')).toHaveLength(1);
  });

  it('the simulated Nova reports SpeechStarted but no words for noise', () => {
    const messages = recognise(engineWith(), noiseAudio(500 * SAMPLES_PER_MS), pause(2_000));
    expect(messages.filter((message) => message.type === 'SpeechStarted')).toHaveLength(1);
    expect(messages.filter((message) => message.type === 'UtteranceEnd')).toEqual([]);
    expect(finals(messages)).toEqual([]);
  });

  it('the simulated Nova finalises long speech in several results that together hold every word', () => {
    const text =
      'I would like to tell you a rather long story about the order that I placed last week with you';
    const pieces = finals(recognise(engineWith(), encodeSpeech(text).audio, pause(500)));
    expect(pieces.map((piece) => piece.speech_final)).toEqual([false, true]);
    expect(pieces.map(transcriptOf).join(' ')).toBe(text);
  });

  it('the simulated Nova sends a result every second of silence, which distinguishes a silent caller from a mute recogniser', () => {
    const messages = recognise(engineWith(), pause(10_000));
    expect(messages.length).toBeGreaterThanOrEqual(9);
    expect(messages.every((message) => transcriptOf(message) === '')).toBe(true);
  });

  it('the simulated Nova sends a final result on Finalize', () => {
    const engine = engineWith();
    recognise(engine, encodeSpeech('quick', 1).audio);
    expect(engine.finalize()).toMatchObject([{ is_final: true, from_finalize: true, speech_final: true }]);
    expect(engine.finalize()).toEqual([]);
  });

  it('the simulated Nova omits case and punctuation unless asked, and marks a cut word', () => {
    const { audio, words } = encodeSpeech('Hello, World!');
    const cut = audio.subarray(0, words[1]!.end - 100);
    const messages = recognise(engineWith({ punctuate: false }), cut, pause(500));
    expect(finals(messages).map(transcriptOf)).toEqual(['hello [cut:World!]']);
  });
});
