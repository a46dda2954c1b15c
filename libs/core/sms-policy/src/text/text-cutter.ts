import { withGsmTypography } from './gsm-typography.js';
import { isSpacelessScript, URL_SOURCE } from './text-patterns.js';

interface Span {
  readonly start: number;
  readonly end: number;
}

/** The segmentation rules hold for all languages; a fixed tag keeps the host's locale from changing the result. */
const SENTENCES = new Intl.Segmenter('en', { granularity: 'sentence' });
const WORDS = new Intl.Segmenter('en', { granularity: 'word' });
const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** How many code units after a position the segmenters read to judge it. */
const LOOKAHEAD = 32;

/** `1.` or `Dr.`: a list's number, a title or an initial rather than the end of a sentence. */
const ABBREVIATION = /(?:^|[\s("])(?:\d{1,3}|\p{Lu}\p{L}{0,3})\.$/u;

/** White space at which a line may break, without the no-break spaces. */
const isBreakingSpace = (text: string): boolean => /^[^\S\u00A0\u2007\u202F\uFEFF]+$/.test(text);

/** Finds the positions where a text may be cut. All positions and lengths are in UTF-16 code units. */
export class TextCutter {
  private readonly sentenceEnds: readonly number[];
  private readonly urls: readonly Span[];

  /**
   * A URL of at most `keepUrlChars` is never cut; a sentence of at most `keepSentenceChars` only if no cut before it is
   * possible.
   */
  constructor(
    private readonly text: string,
    private readonly keepSentenceChars: number,
    keepUrlChars: number,
  ) {
    this.sentenceEnds = sentenceEndsOf(text);
    this.urls = Array.from(text.matchAll(new RegExp(URL_SOURCE, 'giu')), ({ 0: url, index }) => ({
      start: index,
      end: index + url.length,
    })).filter((url) => url.end - url.start <= keepUrlChars);
  }

  /** The first position from `from` on that is not white space; the text's length if there is none. */
  skipSpace(from: number): number {
    let at = from;
    while (at < this.text.length && /\s/.test(this.text.charAt(at))) at += 1;
    return at;
  }

  /**
   * Returns the next part, at most `limit` long, and its end position. The part is empty if it has only invisible
   * characters.
   */
  take(start: number, limit: number): { part: string; end: number } {
    for (let maxUnits = limit; ;) {
      const end = this.endOfPart(start, maxUnits);
      const part = withGsmTypography(this.text.slice(start, end)).trim();
      if (part.length <= limit) return { part, end };
      maxUnits = Math.floor((maxUnits * limit) / part.length);
    }
  }

  private endOfPart(start: number, maxUnits: number): number {
    if (start + maxUnits >= this.text.length) return this.text.length;
    return (
      this.sentenceEnd(start, maxUnits) ?? this.wordEnd(start, maxUnits) ?? this.graphemeEnd(start, maxUnits)
    );
  }

  /** Returns the last sentence end in reach; undefined if the next sentence is too long for a part and must begin here. */
  private sentenceEnd(start: number, maxUnits: number): number | undefined {
    const index = this.sentenceEnds.findLastIndex((end) => end <= start + maxUnits);
    const end = this.sentenceEnds[index];
    if (end === undefined || end <= start) return undefined;
    const nextEnd = this.sentenceEnds[index + 1] ?? this.text.length;
    return nextEnd - this.skipSpace(end) > this.keepSentenceChars ? undefined : end;
  }

  private wordEnd(start: number, maxUnits: number): number | undefined {
    const window = this.text.slice(start, start + maxUnits + LOOKAHEAD);
    const isInUrl = this.urlTest(start, maxUnits);
    let found: number | undefined;
    for (const { index, segment } of WORDS.segment(window)) {
      if (index > maxUnits) break;
      const isEnd =
        isBreakingSpace(segment) ||
        (isSpacelessScript(window.charAt(index - 1)) &&
          /^[\p{L}\p{N}]/u.test(segment) &&
          !isInUrl(start + index));
      if (index > 0 && isEnd) found = start + index;
    }
    return found;
  }

  private graphemeEnd(start: number, maxUnits: number): number {
    const window = this.text.slice(start, start + maxUnits + LOOKAHEAD);
    const isInUrl = this.urlTest(start, maxUnits);
    let found: number | undefined;
    for (const { index } of GRAPHEMES.segment(window)) {
      if (index > maxUnits) break;
      if (index > 0 && !isInUrl(start + index)) found = start + index;
    }
    const url = this.urls.find((span) => span.start === start);
    return found ?? url?.end ?? start + codePointsWithin(window, maxUnits);
  }

  private urlTest(start: number, maxUnits: number): (at: number) => boolean {
    const near = this.urls.filter((url) => url.end > start && url.start < start + maxUnits);
    return (at) => near.some((url) => url.start < at && at < url.end);
  }
}

/** Returns the ends of the sentences, before the white space after them. The end of the text is the last one. */
function sentenceEndsOf(text: string): number[] {
  const ends: number[] = [];
  for (const { index, segment } of SENTENCES.segment(text)) {
    let end = index + segment.length;
    while (end > index && isBreakingSpace(text.charAt(end - 1))) end -= 1;
    const space = text.slice(end, index + segment.length);
    const isSentence =
      space === ''
        ? isSpacelessScript(text.charAt(end - 1))
        : space.includes('\n') || !ABBREVIATION.test(text.slice(Math.max(0, end - 8), end));
    if (end > (ends.at(-1) ?? 0) && isSentence) ends.push(end);
  }
  if (ends.at(-1) !== text.length) ends.push(text.length);
  return ends;
}

/** Returns where to cut a grapheme that is longer than a part: never inside a surrogate pair. */
function codePointsWithin(text: string, maxUnits: number): number {
  return text.codePointAt(maxUnits - 1)! > 0xffff ? maxUnits - 1 : maxUnits;
}
