import { isBlank } from '@parley/kernel';
import { stripMarkdown } from './markdown-text.js';
import { TextCutter } from './text-cutter.js';

export interface SplitLimits {
  /** The most UTF-16 code units in one part, at least 16. */
  readonly maxChars?: number;
  /** The most parts. Text after them is left out, and an ellipsis then ends the last part. */
  readonly maxParts?: number;
}

/** Twilio's limit for the body of one message, in UTF-16 code units. */
export const MAX_SMS_CHARS = 1600;

/** People do not read longer texts, and the limit bounds the cost of a model that does not stop. */
export const MAX_REPLY_PARTS = 5;

const ELLIPSIS = ' ...';

/**
 * Splits an agent's reply into the bodies of the text messages to send, in order: strips Markdown, then cuts like `splitText`.
 * Returns no part if no visible text is left.
 */
export function splitReply(answer: string, limits: SplitLimits = {}): string[] {
  return splitText(stripMarkdown(answer), limits);
}

/**
 * Cuts a text at sentence ends; a sentence longer than a part at word ends; a word longer than a part between graphemes. A URL
 * is cut only if it fills a part by itself. Only blank characters are lost at the cuts. A part that is UCS-2 only because of
 * its typography gets plain typography; every other part keeps all its characters.
 * @throws RangeError for limits that are too small or not whole numbers
 */
export function splitText(text: string, limits: SplitLimits = {}): string[] {
  const { maxChars = MAX_SMS_CHARS, maxParts = MAX_REPLY_PARTS } = limits;
  if (!Number.isInteger(maxChars) || maxChars < 16)
    throw new RangeError(`maxChars must be a whole number ≥ 16, not ${maxChars}`);
  if (!Number.isInteger(maxParts) || maxParts < 1)
    throw new RangeError(`maxParts must be a whole number ≥ 1, not ${maxParts}`);
  const charsBeforeEllipsis = maxChars - ELLIPSIS.length;
  const cutter = new TextCutter(text, maxChars, charsBeforeEllipsis);
  const parts: string[] = [];
  for (let start = cutter.skipSpace(0); start < text.length;) {
    const { part, end } = cutter.take(start, maxChars);
    const next = cutter.skipSpace(end);
    if (next < text.length && parts.length === maxParts - 1) {
      return [...parts, cutter.take(start, charsBeforeEllipsis).part + ELLIPSIS];
    }
    if (!isBlank(part)) parts.push(part);
    start = next;
  }
  return parts;
}
