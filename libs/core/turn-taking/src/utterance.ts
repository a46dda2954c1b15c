import { hasSound } from './sound.js';
import { toSpeech, type SpeechSpan } from './speech-text.js';

/** The text of one turn, as written and as spoken, and its known positions in the audio. */
export interface Utterance {
  /** A language tag such as `en-US`. */
  readonly language: string;
  readonly written: string;
  readonly spoken: string;
  readonly spans: readonly SpeechSpan[];
  /** Where in `spoken` each sentence begins. */
  readonly sentenceStarts: readonly number[];
  readonly audioBytes: number;
  readonly isAudioComplete: boolean;
  /** The time of each character of `spoken`; undefined if no voice has timed it. */
  readonly times: readonly (CharTime | undefined)[];
  /** How many characters of `spoken` the timings have reached. */
  readonly timedChars: number;
  /** How many characters at the beginning of `spoken` are a filler. */
  readonly fillerChars: number;
}

export interface CharTime {
  readonly startMs: number;
  readonly endMs: number;
}

export function newUtterance(language: string): Utterance {
  return {
    language,
    written: '',
    spoken: '',
    spans: [],
    sentenceStarts: [],
    audioBytes: 0,
    isAudioComplete: false,
    times: [],
    timedChars: 0,
    fillerChars: 0,
  };
}

/** Adds a filler before the text. `toSay` is the text for the voice. */
export function addFiller(utterance: Utterance, text: string): { utterance: Utterance; toSay: string } {
  if (utterance.written !== '') throw new RangeError('a filler must be added before any sentence');
  const { utterance: said, toSay } = addSentence(utterance, `${text.trim()} `);
  const { written, spans } = utterance;
  return { utterance: { ...said, written, spans, fillerChars: said.spoken.length }, toSay };
}

/**
 * Adds a sentence. `toSay` is the text for the voice, empty if the sentence has no sound (a horizontal rule in
 * Markdown).
 */
export function addSentence(utterance: Utterance, sentence: string): { utterance: Utterance; toSay: string } {
  const { spoken, spans } = toSpeech(sentence, utterance.language);
  const spokenAt = utterance.spoken.length;
  const writtenAt = utterance.written.length;
  const moved = spans.map((span) => ({
    spokenStart: span.spokenStart + spokenAt,
    spokenEnd: span.spokenEnd + spokenAt,
    writtenStart: span.writtenStart + writtenAt,
    writtenEnd: span.writtenEnd + writtenAt,
  }));
  return {
    utterance: {
      ...utterance,
      written: utterance.written + sentence,
      spoken: utterance.spoken + spoken,
      spans: [...utterance.spans, ...moved],
      sentenceStarts: [...utterance.sentenceStarts, spokenAt],
    },
    toSay: hasSound(spoken) ? spoken : '',
  };
}

/** Records that no more audio follows. Words without timings are then spread over the existing audio. */
export const completeAudio = (utterance: Utterance): Utterance => ({ ...utterance, isAudioComplete: true });
