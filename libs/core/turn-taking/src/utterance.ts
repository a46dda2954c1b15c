import type { SpeechSpan } from './speech-text.js';

/** mulaw at 8 kHz. */
export const MULAW_BYTES_PER_MS = 8;

/** Characters and when they are said, in milliseconds from the start of the audio they came with. */
export interface CharTimings {
  readonly chars: readonly string[];
  readonly startsMs: readonly number[];
  readonly durationsMs: readonly number[];
}

/** One piece of audio as a voice delivers it; timings as it claims them, either may be missing. */
export interface VoiceChunk {
  readonly audioBytes: number;
  /** Of the text that was sent. With some models each pass restarts at the first character. */
  readonly alignment?: CharTimings;
  /** Of the text as the voice normalised it: in order, a space before each chunk. Preferred. */
  readonly normalizedAlignment?: CharTimings;
}

/** A spoken word and where it lies in the turn's audio. */
export interface SpokenWord {
  readonly text: string;
  /** In the utterance's spoken text. */
  readonly start: number;
  readonly end: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** All that one turn says: text as written, as spoken, and where each word lies in the audio received so far. */
export interface Utterance {
  readonly language: string;
  readonly written: string;
  readonly spoken: string;
  readonly spans: readonly SpeechSpan[];
  readonly audioBytes: number;
  readonly isAudioComplete: boolean;
  /** For each character of `spoken` that a voice timed, when it starts and ends in the audio. */
  readonly timings: readonly CharTime[];
}

export interface CharTime {
  readonly startMs: number;
  readonly endMs: number;
}

export function newUtterance(language: string): Utterance {
  return { language, written: '', spoken: '', spans: [], audioBytes: 0, isAudioComplete: false, timings: [] };
}

/** Adds a sentence; `toSay` is what the voice gets. It may be empty: a line of Markdown that has no sound. */
export function addSentence(utterance: Utterance, sentence: string): { utterance: Utterance; toSay: string } {
  throw new Error(`unwritten ${utterance.spoken}${sentence}`);
}

/** Adds audio in the order received. Offsets count from the audio received so far, never from summed alignments. */
export function addAudio(utterance: Utterance, chunk: VoiceChunk): Utterance {
  throw new Error(`unwritten ${utterance.spoken}${chunk.audioBytes}`);
}

/** No more audio follows: words without timings are spread over what there is. */
export function completeAudio(utterance: Utterance): Utterance {
  return { ...utterance, isAudioComplete: true };
}

/** The words with their places in the audio; those whose audio has not come yet lie beyond its end. */
export function wordsOf(utterance: Utterance): readonly SpokenWord[] {
  throw new Error(`unwritten ${utterance.spoken}`);
}

/** The written text up to the last span of which every word had ended: always a prefix of what was written. */
export function heardText(utterance: Utterance, heardMs: number): string {
  throw new Error(`unwritten ${utterance.spoken}${heardMs}`);
}

/** Where the first word begins that was not heard to its end; undefined when all were. */
export function nextUnheardMs(utterance: Utterance, heardMs: number): number | undefined {
  throw new Error(`unwritten ${utterance.spoken}${heardMs}`);
}

/** The words that ended after `fromMs` and up to `toMs`: what a mark newly reports as heard. */
export function wordsHeardBetween(utterance: Utterance, fromMs: number, toMs: number): readonly string[] {
  throw new Error(`unwritten ${utterance.spoken}${fromMs}${toMs}`);
}
