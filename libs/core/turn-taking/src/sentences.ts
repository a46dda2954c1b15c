import { hasSound } from './sound.js';
import { growText, type GrowingText, withoutDirections } from './unspoken.js';

/** A growing text that is split into sentences; `pending` is the text after the last whole sentence. */
export type SentenceSplit = GrowingText;

export const EMPTY_SPLIT: SentenceSplit = { pending: '' };

export interface SplitStep {
  readonly split: SentenceSplit;
  /**
   * Whole sentences with the white space after them. All sentences and the pending text make up the text without
   * reasoning and stage directions.
   */
  readonly sentences: readonly string[];
}

/** A text of this length without a stop is cut at a space, so that the voice does not wait. */
const LONGEST_SENTENCE_CHARS = 300;
/** A text of this length without a space is cut anywhere. */
const MOST_PENDING_CHARS = 1_000;

/** Quotes, brackets and emphasis that may follow the stop of a sentence. */
const CLOSING = '["\'”’»)\\]*_」』）》〉】]*';
/** Stops that count only before a space. */
const SPACED_STOPS = '.!?…؟';
/** Stops that need no space: those of Chinese and Japanese, danda, and those of Urdu, Ethiopic, Burmese and Khmer. */
const PLAIN_STOPS = '。！？｡।॥۔።။។';
/** A full-width dot and the Armenian stop, which may also stand inside a number. */
const STOPS_BESIDE_NUMBERS = '．։';
const STOP = new RegExp(
  [
    `[${SPACED_STOPS}]+${CLOSING}\\s+`,
    `[${PLAIN_STOPS}][${PLAIN_STOPS}${SPACED_STOPS}]*${CLOSING}\\s*`,
    `(?<!\\p{N})[${STOPS_BESIDE_NUMBERS}]${CLOSING}\\s*`,
    `(?<=\\p{N})[${STOPS_BESIDE_NUMBERS}]${CLOSING}(?:\\s+|(?=[^\\p{N}\\s]))`,
    '(?<=[\\p{Script=Thai}\\p{Script=Lao}])[ \\t]+(?=\\S)',
    '\\n\\s*',
  ].join('|'),
  'gu',
);
/**
 * Thai and Lao end a sentence with a space, and also write spaces inside it. A space counts as an end only after this
 * many characters.
 */
const SHORTEST_THAI_SENTENCE_CHARS = 40;
const ENDS_IN_STOP = new RegExp(`[${SPACED_STOPS}${PLAIN_STOPS}${STOPS_BESIDE_NUMBERS}]${CLOSING}$`, 'u');

const WORD_BEFORE = '(?:^|[\\s("\'“‘\\[*_/–—-])';
/** Titles, initials and abbreviations, which never end a sentence; also the number of a list item. */
const NEVER_STOPS = new RegExp(
  `${WORD_BEFORE}(?:mr|mrs|ms|mx|dr|prof|st|mt|vs|approx|(?![ap]\\.m)(?:\\p{L}\\.)+\\p{L})\\.$|${WORD_BEFORE}\\p{Lu}\\.$|^[\\s>]*\\(?\\d{1,3}\\.$`,
  'iu',
);
/** Words that are abbreviations if a number or a small letter follows. */
const MAY_NOT_STOP = new RegExp(
  `${WORD_BEFORE}(?:no|nos|nr|vol|fig|ext|tel|pp?|art|sec|etc|dept|est|inc|ltd|co|corp|jr|sr|ave|blvd|rd|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|mon|tues?|wed|thu(?:rs)?|fri|sat|sun|min|max|avg|[ap]\\.m)\\.$`,
  'iu',
);

/**
 * Adds a piece of text. Returns each sentence as soon as it has ended. Never splits a number, an abbreviation or a URL.
 */
export function splitSentences(split: SentenceSplit, piece: string): SplitStep {
  const sentences: string[] = [];
  const grown = growText(split, piece);
  let { pending } = grown;
  for (let end = sentenceEnd(pending); end !== undefined; end = sentenceEnd(pending)) {
    sentences.push(pending.slice(0, end));
    pending = pending.slice(end);
  }
  return { split: { ...grown, pending }, sentences: sayable(sentences) };
}

/** Takes the pending text as a sentence, whole or not. */
export function takePending(split: SentenceSplit): SplitStep {
  const isCutOff = split.reasoning !== undefined && /\S$/u.test(split.pending);
  return { split: { ...split, pending: '' }, sentences: sayable([split.pending + (isCutOff ? ' ' : '')]) };
}

const sayable = (sentences: readonly string[]): string[] =>
  sentences
    .map((sentence) => ({ sentence, spoken: withoutDirections(sentence) }))
    .filter(({ sentence, spoken }) => spoken === sentence || hasSound(spoken))
    .map(({ spoken }) => spoken);

/** Whether the pending text looks like a whole sentence. */
export function looksLikeSentence({ pending }: SentenceSplit): boolean {
  const text = pending.trimEnd();
  return ENDS_IN_STOP.test(text) && hasSound(text) && !/\d\.$/u.test(text) && !NEVER_STOPS.test(text);
}

function sentenceEnd(all: string): number | undefined {
  const text = all.slice(0, MOST_PENDING_CHARS);
  for (const { 0: stop, index } of text.matchAll(STOP)) {
    const end = index + stop.length;
    const sentence = text.slice(0, end).trimEnd();
    if (stop.trim() === '' && !stop.includes('\n') && end < SHORTEST_THAI_SENTENCE_CHARS) continue;
    if (hasSound(sentence) && (stop.includes('\n') || isStop(sentence, text.charAt(end)))) return end;
  }
  if (text.length <= LONGEST_SENTENCE_CHARS) return undefined;
  return lastSpace(text.slice(0, LONGEST_SENTENCE_CHARS)) ?? lastCutPosition(all);
}

/** Returns where to cut a text that is too long and has no stop: never inside a character. */
function lastCutPosition(all: string): number | undefined {
  if (all.length <= MOST_PENDING_CHARS) return undefined;
  const text = all.slice(0, MOST_PENDING_CHARS).replace(/[\uD800-\uDBFF]$/u, '');
  return text.search(/\s\S*$/u) + 1 || text.length;
}

function isStop(sentence: string, next: string): boolean {
  if (NEVER_STOPS.test(sentence)) return false;
  return !MAY_NOT_STOP.test(sentence) || /^[^\p{N}\p{Ll}]/u.test(next);
}

/**
 * Returns the last suitable space, if possible one after a comma. It is not between digits ("1 000 000") or after an
 * abbreviation.
 */
function lastSpace(text: string): number | undefined {
  const ends = Array.from(text.matchAll(/(?<![.\d])\s+(?=\S)|(?<!\.)\s+(?=[^\d\s])/gu), (match) => ({
    end: match.index + match[0].length,
    isComma: /[,;:]$/.test(text.slice(0, match.index)),
  })).filter(({ end }) => hasSound(text.slice(0, end)));
  const comma = ends.findLast(({ end, isComma }) => isComma && end > text.length / 2);
  return (comma ?? ends.at(-1))?.end;
}

/** Matches question marks, and the words that end a question in languages without one. */
const QUESTION = /(?:[?？؟՞]|か[。．]?|[吗嗎呢][。．]?)["'”’)\]」』）]*$/u;

/** Whether a text is a question, judged by its end. */
export const isQuestion = (text: string): boolean => QUESTION.test(text);
