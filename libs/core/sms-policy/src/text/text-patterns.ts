/**
 * The scripts that put no space between words or before endings, as the body of a character class with the flag `u`.
 */
const SPACELESS =
  '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}\\p{Script=Thai}\\p{Script=Lao}' +
  '\\p{Script=Khmer}\\p{Script=Myanmar}\\u3001-\\u303f\\uff01-\\uff65';

/** Punctuation that ends the sentence around a URL rather than the URL itself. */
const TRAILING = '.,;:!?\'"()\\[\\]{}*_~|`‘’“”„«»‹›…–—';

const SPACELESS_CHARACTER = new RegExp(`[${SPACELESS}]`, 'u');

/** The source of an expression (flags `iu`) for a web address in running text, its closing punctuation left out. */
export const URL_SOURCE = `(?:https?://|www\\.)[^\\s<>${SPACELESS}]*[^\\s<>${SPACELESS}${TRAILING}]`;

/** Whether words may touch this character without a space between them. */
export const isSpacelessScript = (character: string): boolean => SPACELESS_CHARACTER.test(character);
