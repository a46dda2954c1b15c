import { hasSound } from './sound.js';
import { toSpeech, type SpeechSpan } from './speech-text.js';

/** The text of one turn: as written, as spoken, and its known positions in the audio. */
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
  /** Up to which character of `spoken` there are timings. */
  readonly timedChars: number;
  /** How many characters at the beginning of `spoken` belong to a filler. */
  readonly asideChars: number;
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
    asideChars: 0,
  };
}

/** Adds a filler before the text. `toSay` is what the voice gets. */
export function addAside(utterance: Utterance, text: string): { utterance: Utterance; toSay: string } {
  if (utterance.written !== '') throw new RangeError('an aside comes before the text');
  const { utterance: said, toSay } = addSentence(utterance, `${text.trim()} `);
  const { written, spans } = utterance;
  return { utterance: { ...said, written, spans, asideChars: said.spoken.length }, toSay };
}

/** Adds a sentence. `toSay` is what the voice gets; without a sound in it (a line of Markdown) it is empty. */
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
