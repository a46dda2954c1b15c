import { cardinal, decimal, digitByDigit, ordinal, year } from './english-numbers.js';

/** What is read otherwise than it is written. Patterns are tried in order at each place of the text. */
export interface SpeechRule {
  readonly name: string;
  /** Sticky. */
  readonly pattern: RegExp;
  readonly say: (match: RegExpExecArray) => string;
}

const silent = (): string => '';

/** Markup that is never heard, in any language. */
export const MARKUP_RULES: readonly SpeechRule[] = [
  { name: 'fence', pattern: /^[ \t]*(?:```|~~~).*$/muy, say: silent },
  { name: 'rule', pattern: /^[ \t]*(?:-{3,}|\*{3,}|_{3,})[ \t]*$/muy, say: silent },
  { name: 'table rule', pattern: /^[ \t]*\|?(?:[ \t]*:?-{3,}:?[ \t]*\|)+.*$/muy, say: silent },
  { name: 'line mark', pattern: /^[ \t]*(?:#{1,6}[ \t]+|>[ \t]?|[-*+•][ \t]+)/muy, say: silent },
  { name: 'link', pattern: /!?\[([^\]\n]*)\]\([^)\s]*\)/uy, say: ([, label = '']) => label },
  { name: 'tag', pattern: /<\/?[a-z][^<>\n]*>/iuy, say: silent },
  {
    name: 'emphasis',
    pattern: /\*+|~~+|`+|(?<![\p{L}\p{N}])_+(?=\S)|(?<=\S)_+(?![\p{L}\p{N}])/uy,
    say: silent,
  },
  { name: 'cell', pattern: /\|/uy, say: () => ' ' },
  {
    name: 'emoji',
    pattern:
      /(?:\p{Extended_Pictographic}|[\u{1F1E6}-\u{1F1FF}])[\p{Emoji_Modifier}\uFE0F\u200D\p{Extended_Pictographic}]*/uy,
    say: silent,
  },
];

const ADDRESS_END = '[^\\s<>()\\[\\]{}"\'“”‘’«»*`|.,;:!?…]';
const ADDRESS = `(?:[^\\s<>()\\[\\]{}"“”«»*\`|]*${ADDRESS_END})`;
const TOP_LEVEL = 'com|org|net|edu|gov|io|ai|app|dev|info|biz|co|uk|us|ca|eu|de|fr|es|it|nl|ch|at|au|in|jp';
const WEB = new RegExp(`(?:https?://|www\\.)${ADDRESS}`, 'iuy');
const BARE_DOMAIN = new RegExp(
  `(?:[a-z0-9][a-z0-9-]*\\.)+(?:${TOP_LEVEL})(?![\\p{L}\\p{N}])(?:/${ADDRESS}?)?`,
  'iuy',
);
const MAIL = /[\p{L}\p{N}][\p{L}\p{N}._+-]*@(?:[\p{L}\p{N}-]+\.)+\p{L}{2,}/uy;

/** Where we do not know the language's words: the address without what nobody says. */
export const PLAIN_ADDRESS_RULES: readonly SpeechRule[] = [
  { name: 'web address', pattern: WEB, say: ([address]) => sayable(address) },
];

const CURRENCIES: Readonly<
  Record<string, readonly [one: string, many: string, cent: string, cents: string]>
> = {
  $: ['dollar', 'dollars', 'cent', 'cents'],
  '€': ['euro', 'euros', 'cent', 'cents'],
  '£': ['pound', 'pounds', 'penny', 'pence'],
};

export const ENGLISH_RULES: readonly SpeechRule[] = [
  { name: 'mail address', pattern: MAIL, say: ([address]) => spelt(address) },
  { name: 'web address', pattern: WEB, say: ([address]) => spelt(sayable(address)) },
  { name: 'domain', pattern: BARE_DOMAIN, say: ([address]) => spelt(sayable(address)) },
  {
    name: 'money',
    pattern: /([$€£]) ?(\d+(?:,\d{3})*)(?:\.(\d{1,2}))?(?!\d|\.\d)( (?:thousand|million|billion))?/uy,
    say: money,
  },
  {
    name: 'percent',
    pattern: /(\d+(?:,\d{3})*(?:\.\d+)?) ?%/uy,
    say: ([, value = '']) => `${amount(value)} percent`,
  },
  {
    name: 'time',
    pattern: /([01]?\d|2[0-3]):([0-5]\d)(?![\d:])( ?[ap]\.?m\b\.?)?/iuy,
    say: ([, hour = '', minutes = '', half]) => time(hour, minutes, half),
  },
  { name: 'date', pattern: /\d{4}-\d{2}-\d{2}(?!\d)/uy, say: ([date]) => date },
  {
    name: 'phone number',
    pattern: /\+?\d{1,4}(?:[ .-]?\(?\d{2,4}\)?){2,5}(?![\d,])|\+\d{7,15}|\(?\d{3}\)?[ .-]\d{4}(?!\d)/uy,
    say: ([number]) => phoneNumber(number),
  },
  { name: 'ordinal', pattern: /(\d{1,3})(?:st|nd|rd|th)\b/uy, say: ([, digits = '']) => ordinal(digits) },
  {
    name: 'version',
    pattern: /\d+(?:\.\d+){2,}/uy,
    say: ([digits]) => digits.split('.').map(cardinal).join(' point '),
  },
  { name: 'decimal', pattern: /\d+(?:,\d{3})*\.\d+/uy, say: ([digits]) => amount(digits) },
  { name: 'year', pattern: /(?:1[1-9]|20)\d\d(?![\d,]|\.\d)/uy, say: ([digits]) => year(digits) },
  { name: 'number', pattern: /\d{1,3}(?:,\d{3})+(?!\d)|\d+/uy, say: ([digits]) => amount(digits) },
  { name: 'range', pattern: /(?<=\d)[-–](?=\d)/uy, say: () => ' to ' },
  { name: 'minus', pattern: /(?<![^\s(])[-−](?=\d)/uy, say: () => 'minus ' },
  { name: 'number sign', pattern: /#(?=\d)/uy, say: () => 'number ' },
  { name: 'ampersand', pattern: /&/uy, say: () => ' and ' },
  { name: 'per', pattern: /\/(?=(?:month|mo|week|day|year|hour|night|person)\b)/uy, say: () => ' per ' },
];

/** Without the scheme, `www.` and everything behind the path. */
const sayable = (address: string): string =>
  address
    .replace(/^https?:\/\//iu, '')
    .replace(/^www\./iu, '')
    .replace(/[?#].*$/su, '')
    .replace(/\/+$/u, '');

const SPELT: Readonly<Record<string, string>> = {
  '.': 'dot',
  '/': 'slash',
  '@': 'at',
  '-': 'dash',
  _: 'underscore',
  '+': 'plus',
  ':': 'colon',
  '=': 'equals',
  '&': 'and',
  '%': 'percent',
  '~': 'tilde',
};

const spelt = (address: string): string =>
  address
    .replaceAll(/[^\p{L}\p{N}]/gu, (mark) => ` ${SPELT[mark] ?? ''} `)
    .replaceAll(/ {2,}/gu, ' ')
    .trim();

function amount(text: string): string {
  const plain = text.replaceAll(',', '');
  if (plain.includes('.')) return decimal(plain);
  return plain.length > 6 && !text.includes(',') ? digitByDigit(plain) : cardinal(plain);
}

function money([, sign = '$', whole = '', cents, scale]: RegExpExecArray): string {
  const [one, many, cent, centsName] = CURRENCIES[sign]!;
  const value = whole.replaceAll(',', '');
  if (scale !== undefined) {
    return `${cents === undefined ? cardinal(value) : decimal(`${value}.${cents}`)}${scale} ${many}`;
  }
  const units = `${cardinal(value)} ${Number(value) === 1 ? one : many}`;
  const small = Number((cents ?? '').padEnd(2, '0'));
  if (small === 0) return units;
  const change = `${cardinal(String(small))} ${small === 1 ? cent : centsName}`;
  return Number(value) === 0 ? change : `${units} and ${change}`;
}

function time(hour: string, minutes: string, half: string | undefined): string {
  const suffix =
    half === undefined
      ? ''
      : ` ${half
          .replaceAll(/[^apm]/giu, '')
          .toLowerCase()
          .split('')
          .join(' ')}`;
  const hours = cardinal(String(Number(hour)));
  if (minutes === '00') return half === undefined ? `${hours} o'clock` : hours + suffix;
  return `${hours} ${minutes.startsWith('0') ? `oh ${cardinal(minutes.slice(1))}` : cardinal(minutes)}${suffix}`;
}

/** Digit by digit, a pause between its groups. */
function phoneNumber(number: string): string {
  const groups = number.match(/\d+/gu) ?? [];
  const digits = groups.map(digitByDigit).join(', ');
  return number.startsWith('+') ? `plus ${digits}` : digits;
}
