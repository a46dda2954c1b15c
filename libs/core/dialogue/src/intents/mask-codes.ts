import { plainText } from './plain-text.js';
import { readIntent } from './read-intent.js';

/** Stands in the log for a code. */
export const CODE_MASK = '******';

const CODES = /(?<![\d+])\d{3}[ -]?\d{3}(?!\d)/g;

/**
 * Masks everything in a text that could be a verification code: each group of six digits, also split in two. For texts
 * that arrive while a verification is pending. A text with a code is also normalised; any other text is unchanged.
 */
export function maskCodes(text: string): string {
  const plain = plainText(text);
  const masked = plain.replace(CODES, CODE_MASK);
  return masked === plain ? text : masked;
}

/** A text as the log stores it, and the code that it masks. */
export interface MaskedText {
  readonly text: string;
  readonly code: string | undefined;
}

/**
 * Separates a verification code from the text that holds it. While no verification is pending, only the request "verify
 * code …" holds one.
 */
export function separateCode(text: string, isVerificationPending: boolean): MaskedText {
  const intent = readIntent(text, { isVerificationPending });
  if (intent?.kind === 'check-code') return { text: maskCodes(text), code: intent.code };
  return { text: isVerificationPending && !intent ? maskCodes(text) : text, code: undefined };
}
