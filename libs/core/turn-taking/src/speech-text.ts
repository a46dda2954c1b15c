import { ENGLISH_DIGIT_RULES } from './english-digit-rules.js';
import { ENGLISH_NUMBER_RULES } from './english-number-rules.js';
import { ENGLISH_ADDRESS_RULES, MARKUP_RULES, PLAIN_ADDRESS_RULES, type SpeechRule } from './speech-rules.js';
import { type WordPosition, wordsIn } from './words.js';

/** A stretch of the spoken text, and the stretch of the written text that it speaks; ends are exclusive. */
export interface SpeechSpan {
  readonly spokenStart: number;
  readonly spokenEnd: number;
  readonly writtenStart: number;
  readonly writtenEnd: number;
}

export interface SpeechText {
  /** The text for the voice. */
  readonly spoken: string;
  /** The spans in order. They cover both texts without a gap. Either side of a span may be empty. */
  readonly spans: readonly SpeechSpan[];
}

interface RuleSet {
  readonly all: readonly SpeechRule[];
  /** Rules whose match can begin with a small letter, as most words do. */
  readonly ofWords: readonly SpeechRule[];
}

const ENGLISH: RuleSet = {
  all: [...MARKUP_RULES, ...ENGLISH_ADDRESS_RULES, ...ENGLISH_DIGIT_RULES, ...ENGLISH_NUMBER_RULES],
  ofWords: ENGLISH_ADDRESS_RULES,
};
const OTHER: RuleSet = { all: [...MARKUP_RULES, ...PLAIN_ADDRESS_RULES], ofWords: PLAIN_ADDRESS_RULES };

const SMALL_LETTER = /\p{Ll}/uy;
const WORD = /\p{L}(?:[\p{L}\p{M}\p{N}_'’-]*[\p{L}\p{M}\p{N}])?/uy;
const SPACE = /\s+/uy;

/**
 * Turns a written sentence into text for a voice: removes markup, and spells out addresses and numbers. Numbers are
 * spelt out only in English (`language` is a tag such as `en-US`), because words of the wrong language are worse than
 * digits.
 */
export function toSpeech(written: string, language: string): SpeechText {
  const rules = /^en\b/iu.test(language) ? ENGLISH : OTHER;
  const spans: SpeechSpan[] = [];
  let spoken = '';
  for (let at = 0; at < written.length;) {
    const { length, said, words } = readAt(written, at, rules, spoken);
    const spokenAt = spoken.length;
    spoken += /\s$/u.test(spoken) ? said.trimStart() : said;
    for (const { start, end } of words ?? [{ start: 0, end: length }]) {
      spans.push({
        spokenStart: spokenAt + start,
        spokenEnd: words ? spokenAt + end : spoken.length,
        writtenStart: at + start,
        writtenEnd: at + end,
      });
    }
    at += length;
  }
  return { spoken, spans };
}

interface Reading {
  readonly length: number;
  readonly said: string;
  /** The words of a span that is spoken as written; one span has several words in a script without spaces. */
  readonly words?: readonly WordPosition[];
}

function readAt(text: string, at: number, rules: RuleSet, before: string): Reading {
  const space = matchAt(SPACE, text, at);
  if (space !== undefined) return { length: space[0].length, said: sayBreak(space[0], before) };
  const candidates = matchAt(SMALL_LETTER, text, at) ? rules.ofWords : rules.all;
  for (const { pattern, say } of candidates) {
    const match = matchAt(pattern, text, at);
    if (match === undefined) continue;
    const said = say(match);
    const after = text.slice(at + match[0].length, at + match[0].length + 1);
    const isGlued = /[\p{L}\p{N}]$/u.test(said) && /\p{L}/u.test(after) && /\d/.test(match[0]);
    return { length: match[0].length, said: isGlued ? `${said} ` : said };
  }
  const letters = matchAt(WORD, text, at)?.[0];
  if (letters !== undefined) return { length: letters.length, said: letters, words: wordsIn(letters) };
  const mark = String.fromCodePoint(text.codePointAt(at)!);
  return { length: mark.length, said: mark };
}

/** Ends the text before a line break with a stop, so that the voice pauses. */
const sayBreak = (space: string, before: string): string =>
  space.includes('\n') && /[\p{L}\p{N})]$/u.test(before) ? '. ' : ' ';

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  const match = pattern.exec(text);
  return match !== null && match[0] !== '' ? match : undefined;
}
