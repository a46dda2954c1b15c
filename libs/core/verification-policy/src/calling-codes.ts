import type { E164 } from '@parley/kernel';

/** A country calling code without the plus sign: `1`, `44`, `380`. */
export type CallingCode = string;

/** The two-digit codes of ITU-T E.164; +1 and +7 have one digit, all others three. */
const TWO_DIGITS = new Set(
  (
    '20 27 28 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 ' +
    '81 82 83 84 86 89 90 91 92 93 94 95 98'
  ).split(' '),
);

/** Returns the calling code of a number. */
export function callingCodeOf(number: E164): CallingCode {
  const digits = number.slice(1);
  if (digits.startsWith('1') || digits.startsWith('7')) return digits.slice(0, 1);
  return TWO_DIGITS.has(digits.slice(0, 2)) ? digits.slice(0, 2) : digits.slice(0, 3);
}

/** Whether a text is a calling code: no other code begins with it, and it begins with no other. */
export function isCallingCode(text: string): boolean {
  return /^[1-9]\d{0,2}$/.test(text) && callingCodeOf(`+${text}0000000` as E164) === text;
}

/** The last digits of a number, which differ within a block. Blocks are rented whole, also for pumping SMS. */
const LINE_DIGITS = 4;

/** Returns the prefix of the block that a number belongs to; never less than its calling code. */
export function prefixOf(number: E164): string {
  const length = Math.max(callingCodeOf(number).length + 1, number.length - LINE_DIGITS);
  return number.slice(0, length);
}
