/**
 * Whether a person would see nothing: only white space, format and control characters, blank letters of braille and
 * Hangul.
 */
export function isBlank(text: string): boolean {
  return /^[\s\p{Z}\p{Cc}\p{Cf}\p{Variation_Selector}\u2800\u115f\u1160\u3164\uffa0]*$/u.test(text);
}
