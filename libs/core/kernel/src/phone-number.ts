import type { Brand } from './brand.js';

/** A phone number in E.164 form: `+`, country code, subscriber number; 7 to 15 digits. */
export type E164 = Brand<string, 'E164'>;

const E164_SHAPE = /^\+[1-9]\d{6,14}$/;

/** Reads a number by its shape alone. Numbering-plan tables may advise on it later; they never refuse it. */
export function parseE164(text: string): E164 | undefined {
  return E164_SHAPE.test(text) ? (text as E164) : undefined;
}

/**
 * What networks put in place of a number that they do not show: the word as a telephone's keys spell it. Twilio passes
 * ANONYMOUS on as `+266696687`.
 */
const NOBODY: ReadonlySet<string> = new Set(
  ['ANONYMOUS', 'BLOCKED', 'PRIVATE', 'RESTRICTED', 'UNAVAILABLE', 'UNKNOWN'].map(
    (word) => `+${Array.from(word, keyOf).join('')}`,
  ),
);

/**
 * Reads the number of a person who texts or calls: undefined also for a number that stands for nobody, so that two people
 * who hide theirs are never taken for one.
 */
export function parsePersonNumber(text: string): E164 | undefined {
  return NOBODY.has(text) ? undefined : parseE164(text);
}

/** The key of a telephone that carries this letter. */
function keyOf(letter: string): number {
  const keys = ['ABC', 'DEF', 'GHI', 'JKL', 'MNO', 'PQRS', 'TUV', 'WXYZ'];
  return 2 + keys.findIndex((letters) => letters.includes(letter));
}
