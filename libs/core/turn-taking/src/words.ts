/** Letters of scripts that write no space between words, for use in a character class. */
export const UNSPACED =
  '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}ー\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}';
export const HAS_UNSPACED = new RegExp(`[${UNSPACED}]`, 'u');
const SPACE_BETWEEN_UNSPACED = new RegExp(`(?<=[${UNSPACED}])\\s+(?=[${UNSPACED}])`, 'gu');

/** Words are found by the same rules in all languages; a fixed tag makes them independent of the host. */
const SEGMENTER = new Intl.Segmenter('en', { granularity: 'word' });

export interface WordPosition {
  readonly text: string;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** Returns the words of a text in order, with the punctuation beside them and without white space. */
export function wordsIn(text: string): WordPosition[] {
  return Array.from(text.matchAll(/\S+/gu), ({ 0: run, index }) =>
    splitRun(run).map((word) => ({ ...word, start: word.start + index, end: word.end + index })),
  ).flat();
}

/** Splits a run of text without spaces: into several words only in a script that writes no spaces. */
function splitRun(run: string): WordPosition[] {
  if (!HAS_UNSPACED.test(run)) return [{ text: run, start: 0, end: run.length }];
  const starts = [0];
  let hasWord = false;
  for (const { segment, index, isWordLike } of SEGMENTER.segment(run)) {
    const opens = /^[\p{Ps}\p{Pi}]/u.test(segment);
    if (hasWord && (isWordLike === true || opens)) {
      starts.push(index);
      hasWord = false;
    }
    hasWord ||= isWordLike === true;
  }
  return starts.map((start, i) => {
    const end = starts[i + 1] ?? run.length;
    return { text: run.slice(start, end), start, end };
  });
}

/** Returns the words in a form to compare: lower case, without punctuation. */
export function plainWords(text: string): string[] {
  const bare = text.toLowerCase().replaceAll(/['’]/gu, '').replaceAll(SPACE_BETWEEN_UNSPACED, '');
  return wordsIn(bare).flatMap(({ text: word }) =>
    word.split(/[^\p{L}\p{N}\p{M}]+/u).filter((part) => part !== ''),
  );
}

/** Returns how long a character usually takes in speech. A character of Chinese, Japanese or Korean is a syllable. */
export const usualCharMs = (text: string): number =>
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u.test(text) ? 160 : 65;
