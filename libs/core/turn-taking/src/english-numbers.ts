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

/** Larger ones are read digit by digit. */
const FIRST_TOO_LARGE = 1e12;

/** "415" → "four hundred fifteen", "0199" → "zero one nine nine". Only digits. */
export function cardinal(digits: string): string {
  const value = Number(digits);
  const isCode = digits.length > 1 && digits.startsWith('0');
  return isCode || value >= FIRST_TOO_LARGE ? digitByDigit(digits) : inWords(value);
}

export const digitByDigit = (digits: string): string =>
  Array.from(digits, (digit) => ONES[Number(digit)]).join(' ');

/** As years are read, which suits other numbers of four digits too: "nineteen eighty-four", "fifteen hundred". */
export function year(digits: string): string {
  const [century, rest] = [Number(digits.slice(0, 2)), Number(digits.slice(2))];
  if (century % 10 === 0 && rest < 10) return inWords(Number(digits));
  if (rest === 0) return `${inWords(century)} hundred`;
  return `${inWords(century)} ${rest < 10 ? `oh ${inWords(rest)}` : inWords(rest)}`;
}

/** "21" → "twenty-first". */
export function ordinal(digits: string): string {
  const words = cardinal(digits);
  const [, head = '', last = ''] = /^(.*[ -])?([a-z]+)$/.exec(words) ?? [];
  const ending = ORDINALS[last] ?? (last.endsWith('y') ? `${last.slice(0, -1)}ieth` : `${last}th`);
  return head + ending;
}

/** "3.14" → "three point one four". */
export function decimal(digits: string): string {
  const [whole = '', fraction = ''] = digits.split('.');
  return `${cardinal(whole)} point ${digitByDigit(fraction)}`;
}

function inWords(value: number): string {
  if (value < 20) return ONES[value]!;
  if (value < 100) return TENS[Math.floor(value / 10)]! + (value % 10 === 0 ? '' : `-${ONES[value % 10]!}`);
  const [size, name] = SCALES.find(([scale]) => value >= scale)!;
  const rest = value % size;
  return `${inWords(Math.floor(value / size))} ${name}${rest === 0 ? '' : ` ${inWords(rest)}`}`;
}
