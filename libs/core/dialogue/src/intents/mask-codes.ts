import { plainText } from './plain-text.js';

/** Stands in the log for a code. */
export const CODE_MASK = '******';

const CODES = /(?<![\d+])\d{3}[ -]?\d{3}(?!\d)/g;

/**
 * Replaces everything in a text that could be a verification code: each group of six digits, also split in two. For texts
 * that arrive while a verification is pending. Only a text with a code is changed, and then also normalised.
 */
export function maskCodes(text: string): string {
  const plain = plainText(text);
  const masked = plain.replace(CODES, CODE_MASK);
  return masked === plain ? text : masked;
}

/** Whether a text says itself that it holds a code: it is masked also when no verification is pending. */
export function namesCode(text: string): boolean {
  return /^(?:please,? )?verify code\b/i.test(plainText(text));
}
