/**
 * Normalises a text for the comparison with fixed words: full-width and other digits become ASCII digits, curly quotes
 * become straight, invisible characters vanish, and white space becomes single spaces. Letter case stays.
 */
export function plainText(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\p{Cf}\p{Variation_Selector}]/gu, '')
    .replace(/\p{Nd}/gu, asciiDigit)
    .replace(/[‘’‚‛´`ʼ]/gu, "'")
    .replace(/[“”„‟«»]/gu, '"')
    .replace(/[‐‑‒–—−]/gu, '-')
    .replace(/\s+/gu, ' ')
    .trim();
}

/**
 * Returns the ASCII digit of a decimal digit. In Unicode, decimal digits stand in runs of ten, from 0 to 9. Runs
 * without a gap between them are already ASCII, because of NFKC.
 */
function asciiDigit(digit: string): string {
  const codePoint = digit.codePointAt(0)!;
  let value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(codePoint - value - 1))) value++;
  return String(value);
}

/** Removes a courteous word and punctuation around a request. A question mark stays: it can change the meaning. */
export function withoutCourtesy(plain: string): string {
  return plain
    .replace(/[\s.!,;:]+$/u, '')
    .replace(/^please,? /iu, '')
    .replace(/,? please$/iu, '')
    .replace(/[\s.!,;:]+$/u, '');
}
