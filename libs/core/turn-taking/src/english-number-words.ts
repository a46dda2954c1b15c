const ONES = [
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen',
  'eighteen nineteen',
].flatMap((words) => words.split(' '));
const TENS = '_ _ twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const SCALES = [
  [1e9, 'billion'],
  [1e6, 'million'],
  [1e3, 'thousand'],
  [100, 'hundred'],
] as const;
const ORDINALS: Readonly<Record<string, string>> = {
  one: 'first',
  two: 'second',
  three: 'third',
  five: 'fifth',
  eight: 'eighth',
  nine: 'ninth',
  twelve: 'twelfth',
};

/** Numbers from this one on are read digit by digit. */
const FIRST_TOO_LARGE = 1e12;

/** Reads digits: "415" → "four hundred fifteen", "0199" → "zero one nine nine". */
export function cardinalWords(digits: string): string {
  const value = Number(digits);
  const isCode = digits.length > 1 && digits.startsWith('0');
  return isCode || value >= FIRST_TOO_LARGE ? digitWords(digits) : inWords(value);
}

export const digitWords = (digits: string): string =>
  Array.from(digits, (digit) => ONES[Number(digit)]).join(' ');

/**
 * Reads a number as a year, which also suits other numbers of four digits: "nineteen eighty-four", "fifteen hundred".
 */
export function yearWords(digits: string): string {
  const [century, rest] = [Number(digits.slice(0, 2)), Number(digits.slice(2))];
  if (century % 10 === 0 && rest < 10) return inWords(Number(digits));
  if (rest === 0) return `${inWords(century)} hundred`;
  return `${inWords(century)} ${rest < 10 ? `oh ${inWords(rest)}` : inWords(rest)}`;
}

/** Reads an ordinal: "21" → "twenty-first". */
export function ordinalWords(digits: string): string {
  const words = cardinalWords(digits);
  const [, head = '', last = ''] = /^(.*[ -])?([a-z]+)$/.exec(words) ?? [];
  const ending = ORDINALS[last] ?? (last.endsWith('y') ? `${last.slice(0, -1)}ieth` : `${last}th`);
  return head + ending;
}

/** Reads a decimal: "3.14" → "three point one four". */
function decimalWords(digits: string): string {
  const [whole = '', digitsAfter = ''] = digits.split('.');
  return `${cardinalWords(whole)} point ${digitWords(digitsAfter)}`;
}

function inWords(value: number): string {
  if (value < 20) return ONES[value]!;
  if (value < 100) return TENS[Math.floor(value / 10)]! + (value % 10 === 0 ? '' : `-${ONES[value % 10]!}`);
  const [size, name] = SCALES.find(([scale]) => value >= scale)!;
  const rest = value % size;
  return `${inWords(Math.floor(value / size))} ${name}${rest === 0 ? '' : ` ${inWords(rest)}`}`;
}

/** Reads "1,250" or "3.14". A long number without commas is read digit by digit, unless it is round. */
export function amountWords(text: string): string {
  const plain = text.replaceAll(',', '');
  if (plain.includes('.')) return decimalWords(plain);
  const isCode = plain.length > 6 && !text.includes(',') && !plain.endsWith('000');
  return isCode ? digitWords(plain) : cardinalWords(plain);
}

type Currency = readonly [one: string, many: string, cent?: string, cents?: string];

const DOLLARS = ['dollar', 'dollars', 'cent', 'cents'] as const;
const EUROS = ['euro', 'euros', 'cent', 'cents'] as const;
const POUNDS = ['pound', 'pounds', 'penny', 'pence'] as const;
const YEN = ['yen', 'yen'] as const;
const RUPEES = ['rupee', 'rupees', 'paisa', 'paise'] as const;
const CURRENCIES: Readonly<Record<string, Currency>> = {
  $: DOLLARS,
  USD: DOLLARS,
  dollar: DOLLARS,
  dollars: DOLLARS,
  CAD: ['Canadian dollar', 'Canadian dollars', 'cent', 'cents'],
  AUD: ['Australian dollar', 'Australian dollars', 'cent', 'cents'],
  '€': EUROS,
  EUR: EUROS,
  euro: EUROS,
  euros: EUROS,
  '£': POUNDS,
  GBP: POUNDS,
  CHF: ['Swiss franc', 'Swiss francs', 'centime', 'centimes'],
  '¥': YEN,
  JPY: YEN,
  '₹': RUPEES,
  INR: RUPEES,
};
const SCALE_NAMES: Readonly<Record<string, string>> = {
  k: 'thousand',
  K: 'thousand',
  m: 'million',
  M: 'million',
  B: 'billion',
  bn: 'billion',
};

/** Returns "four dollars and fifty cents". With a scale, or with fractions of a cent, the currency comes last. */
export function moneyWords(
  currency: string,
  { whole, cents, scale = '' }: { whole: string; cents?: string | undefined; scale?: string | undefined },
): string {
  const [one, many, cent, centsName] = CURRENCIES[currency]!;
  const value = whole.replaceAll(',', '');
  const size = SCALE_NAMES[scale] ?? scale.trim();
  const isDecimal = cents !== undefined && (size !== '' || cents.length > 2 || cent === undefined);
  if (size !== '' || isDecimal) {
    const figure = cents === undefined ? cardinalWords(value) : decimalWords(`${value}.${cents}`);
    return `${figure}${size && ` ${size}`} ${many}`;
  }
  const units = `${cardinalWords(value)} ${Number(value) === 1 ? one : many}`;
  const small = Number((cents ?? '').padEnd(2, '0'));
  if (small === 0) return units;
  const change = `${cardinalWords(String(small))} ${small === 1 ? cent : centsName}`;
  return Number(value) === 0 ? change : `${units} and ${change}`;
}

/** Returns "ten thirty p m" or "eighteen o'clock". */
export function timeWords(hour: string, minutes: string, half: string | undefined): string {
  const letters = half?.replaceAll(/[^apm]/giu, '').toLowerCase();
  const suffix = letters === undefined ? '' : ` ${letters.split('').join(' ')}`;
  const hours = cardinalWords(String(Number(hour)));
  if (minutes === '00') return half === undefined ? `${hours} o'clock` : hours + suffix;
  return `${hours} ${minutes.startsWith('0') ? `oh ${cardinalWords(minutes.slice(1))}` : cardinalWords(minutes)}${suffix}`;
}

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);

/** Reads a date: "2026", "11", "21" → "November twenty-first, twenty twenty-six". */
export const dateWords = (y: string, month: string, day: string): string =>
  `${MONTHS[Number(month) - 1]} ${ordinalWords(String(Number(day)))}, ${/^(?:1[1-9]|20)/.test(y) ? yearWords(y) : cardinalWords(y)}`;

/** Reads a decade: "1980" → "nineteen eighties", "90" → "nineties". */
export function decadeWords(digits: string): string {
  const words = digits.length === 4 ? yearWords(digits) : cardinalWords(digits);
  return words.endsWith('y') ? `${words.slice(0, -1)}ies` : `${words}s`;
}

const PARTS: Readonly<Record<string, string>> = { 2: 'half', 3: 'third', 4: 'quarter', 8: 'eighth' };

/** Reads a fraction: "2", "3", "4" → "two and three quarters". */
export function fractionWords(whole: string | undefined, top: string, bottom: string): string {
  const part = PARTS[bottom]!;
  const many = part === 'half' ? 'halves' : `${part}s`;
  const words = `${cardinalWords(top)} ${top === '1' ? part : many}`;
  return whole === undefined ? words : `${cardinalWords(whole)} and ${words}`;
}
