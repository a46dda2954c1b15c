import { hasSound } from './sound.js';

/** A text that still grows: what came after its last whole sentence. */
export interface SentenceSplit {
  readonly pending: string;
}

export const NO_TEXT: SentenceSplit = { pending: '' };

export interface SplitStep {
  readonly split: SentenceSplit;
  /** Whole sentences with the white space after them: together with what is pending they are the text. */
  readonly sentences: readonly string[];
}

/** A text without a stop is cut at a space from this length on, so that the voice need not wait for ever. */
const LONGEST_SENTENCE_CHARS = 300;
/** … and anywhere at this one: each piece that comes is looked at with all that is pending. */
const MOST_PENDING_CHARS = 1_000;

/** Quotes, brackets and emphasis that close after a stop. */
const CLOSING = '["\'”’»)\\]*_」』）]*';
/** A stop and the space that shows it is one; or a stop of a script that puts no space; or the end of a line. */
const STOP = new RegExp(`[.!?…؟]+${CLOSING}\\s+|[。！？]+${CLOSING}\\s*|\\n\\s*`, 'gu');
const ENDS_IN_STOP = new RegExp(`[.!?…؟。！？]${CLOSING}$`, 'u');

const WORD_BEFORE = '(?:^|[\\s("\'“‘\\[*_/–—-])';
/** Titles, initials and abbreviations after which a sentence never ends; a list's number at its head. */
const NEVER_STOPS = new RegExp(
  `${WORD_BEFORE}(?:mr|mrs|ms|mx|dr|prof|st|mt|vs|approx|(?![ap]\\.m)(?:\\p{L}\\.)+\\p{L})\\.$|${WORD_BEFORE}\\p{Lu}\\.$|^[\\s>]*\\(?\\d{1,3}\\.$`,
  'iu',
);
/** Words that are abbreviations where a number or a small letter follows. */
const MAY_NOT_STOP = new RegExp(
  `${WORD_BEFORE}(?:no|nos|nr|vol|fig|ext|tel|pp?|art|sec|etc|dept|est|inc|ltd|co|corp|jr|sr|ave|blvd|rd|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|mon|tues?|wed|thu(?:rs)?|fri|sat|sun|min|max|avg|[ap]\\.m)\\.$`,
  'iu',
);

/** Adds a piece of text. A sentence comes out as soon as it has ended; no number, abbreviation or URL is split. */
export function splitSentences(split: SentenceSplit, piece: string): SplitStep {
  const sentences: string[] = [];
  let pending = split.pending + piece;
  for (let end = sentenceEnd(pending); end !== undefined; end = sentenceEnd(pending)) {
    sentences.push(pending.slice(0, end));
    pending = pending.slice(end);
  }
  return { split: { pending }, sentences };
}

/** Whether what is pending looks like a whole sentence: only what follows could show otherwise. */
export function looksWhole({ pending }: SentenceSplit): boolean {
  const text = pending.trimEnd();
  return ENDS_IN_STOP.test(text) && hasSound(text) && !/\d\.$/u.test(text) && !NEVER_STOPS.test(text);
}

function sentenceEnd(all: string): number | undefined {
  const text = all.slice(0, MOST_PENDING_CHARS);
  for (const { 0: stop, index } of text.matchAll(STOP)) {
    const end = index + stop.length;
    const sentence = text.slice(0, end).trimEnd();
    if (hasSound(sentence) && (stop.includes('\n') || isStop(sentence, text.charAt(end)))) return end;
  }
  if (text.length <= LONGEST_SENTENCE_CHARS) return undefined;
  return lastSpace(text.slice(0, LONGEST_SENTENCE_CHARS)) ?? lastPlace(all);
}

/** Where a text without an end is cut that is too long to wait for one: never inside a character. */
function lastPlace(all: string): number | undefined {
  if (all.length <= MOST_PENDING_CHARS) return undefined;
  const text = all.slice(0, MOST_PENDING_CHARS).replace(/[\uD800-\uDBFF]$/u, '');
  return text.search(/\s\S*$/u) + 1 || text.length;
}

function isStop(sentence: string, next: string): boolean {
  if (NEVER_STOPS.test(sentence)) return false;
  return !MAY_NOT_STOP.test(sentence) || /^[^\p{N}\p{Ll}]/u.test(next);
}

/** After a comma if one is near the end, and never between digits ("1 000 000") or after an abbreviation. */
function lastSpace(text: string): number | undefined {
  const ends = Array.from(text.matchAll(/(?<![.\d])\s+(?=\S)|(?<!\.)\s+(?=[^\d\s])/gu), (match) => ({
    end: match.index + match[0].length,
    isComma: /[,;:]$/.test(text.slice(0, match.index)),
  })).filter(({ end }) => hasSound(text.slice(0, end)));
  const comma = ends.findLast(({ end, isComma }) => isComma && end > text.length / 2);
  return (comma ?? ends.at(-1))?.end;
}
