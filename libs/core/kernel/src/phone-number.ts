import type { Brand } from './brand.js';

/** A phone number in E.164 form: `+`, country code, subscriber number; 7 to 15 digits. */
export type E164 = Brand<string, 'E164'>;

const E164_SHAPE = /^\+[1-9]\d{6,14}$/;

/** Reads a number. It checks the format only, not the numbering plan. */
export function parseE164(text: string): E164 | undefined {
  return E164_SHAPE.test(text) ? (text as E164) : undefined;
}

/**
 * The values that networks send instead of a withheld number: a word, or the digits that its letters have on a
 * telephone's keys. Twilio passes ANONYMOUS on as `+266696687`.
 */
const NOBODY: ReadonlySet<string> = new Set(
  ['ANONYMOUS', 'BLOCKED', 'PRIVATE', 'RESTRICTED', 'UNAVAILABLE', 'UNKNOWN'].map(
    (word) => `+${Array.from(word, keyOf).join('')}`,
  ),
);

/**
 * Reads the number of a person who texts or calls. Also returns undefined for a withheld number, so that two people
 * with withheld numbers do not count as one contact.
 */
export function parsePersonNumber(text: string): E164 | undefined {
  return NOBODY.has(text) ? undefined : parseE164(text);
}

/** Returns the key of a telephone that carries this letter. */
function keyOf(letter: string): number {
  const keys = ['ABC', 'DEF', 'GHI', 'JKL', 'MNO', 'PQRS', 'TUV', 'WXYZ'];
  return 2 + keys.findIndex((letters) => letters.includes(letter));
}
