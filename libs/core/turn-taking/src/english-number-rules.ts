import { QUANTITY_FOLLOWS } from './english-digit-rules.js';
import {
  amountWords,
  cardinalWords,
  decadeWords,
  fractionWords,
  dateWords,
  moneyWords,
  ordinalWords,
  timeWords,
  yearWords,
} from './english-number-words.js';
import type { SpeechRule } from './speech-rules.js';

/** The beginning of a number: does not match inside a longer number. */
const HEAD = '(?<!\\p{N}|\\d[.,:])';
const END = '(?!\\p{N}|[.,:]\\d)';
const WHOLE = '\\d{1,3}(?:,\\d{3})+(?!\\d)|\\d+';
const SIGN = '[$€£¥₹]';
/** Matches "a.m." without its last dot at the end of a sentence, because that dot also ends the sentence. */
const HALF = '(?:[aApP][mM]\\b|[aApP]\\.[mM]\\b(?:\\.(?!\\s*$|\\s+\\p{Lu}))?)';
const SCALE = '(?: (?:thousand|million|billion|trillion)\\b|(?:bn|[kKmMB])\\b)?';
const CURRENCY = 'USD|EUR|GBP|CHF|CAD|AUD|JPY|INR|euros?|dollars?';

const rule = (name: string, source: string, say: SpeechRule['say']): SpeechRule => ({
  name,
  pattern: new RegExp(HEAD + source, 'uy'),
  say,
});

/** Rules for amounts, times, dates and all other numbers, the most specific first. */
export const ENGLISH_NUMBER_RULES: readonly SpeechRule[] = [
  rule(
    'range of money',
    `(?:US)?(${SIGN})(\\d+)[-–—](\\d+(?:,\\d{3})*)(${SCALE})(?![\\d%]|[.,]\\d)`,
    ([, sign = '', from = '', to = '', scale = '']) =>
      `${cardinalWords(from)} to ${moneyWords(sign, { whole: to, scale })}`,
  ),
  rule(
    'money',
    `(?:US|CA|AU)?(${SIGN}|\\b(?:USD|EUR|GBP|CHF|CAD|AUD|JPY|INR)\\b) ?(${WHOLE})(?:\\.(\\d+))?(?![\\d]|[.,]\\d)(${SCALE})`,
    ([, sign = '', whole = '', cents, scale]) => moneyWords(sign, { whole, cents, scale }),
  ),
  rule(
    'money, its currency last',
    `(${WHOLE})(?:[.,](\\d{1,2}))?(?!\\d)(?: ?(${SIGN})(?! ?\\d)| ?\\b(${CURRENCY})\\b)`,
    ([, whole = '', cents, sign, name]) => moneyWords(sign ?? name ?? '', { whole, cents }),
  ),
  rule('percent', `(${WHOLE}|)(\\.\\d+)? ?%`, ([, whole = '', part = '']) =>
    whole + part === '' ? ' percent' : `${amountWords(whole + part)} percent`,
  ),
  rule('time', `([01]?\\d|2[0-4]):([0-5]\\d)(?!\\d|:\\d)( ?${HALF})?`, ([, hour = '', minutes = '', half]) =>
    timeWords(hour, minutes, half),
  ),
  rule('hour', `(\\d{1,2})([aApP][mM])\\b`, ([, hour = '', half = '']) => `${cardinalWords(hour)} ${half}`),
  rule('clock with seconds', `(\\d{1,2}):([0-5]\\d):([0-5]\\d)${END}`, ([, ...parts]) =>
    parts.map((part) => cardinalWords(String(Number(part)))).join(' '),
  ),
  rule(
    'ratio',
    `(\\d{1,3}):(\\d{1,3})${END}`,
    ([, a = '', b = '']) => `${cardinalWords(a)} to ${cardinalWords(b)}`,
  ),
  rule('date', `(\\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])(?![\\d-])`, ([, y = '', m = '', d = '']) =>
    dateWords(y, m, d),
  ),
  rule(
    'date in parts',
    `(\\d{1,2})([/.-])(\\d{1,2})\\2((?:19|20)\\d{2})(?![\\d/]|[.,:-]\\d)`,
    ([, a = '', , b = '', y = '']) =>
      `${[a, b].map((part) => cardinalWords(String(Number(part)))).join(' ')}, ${yearWords(y)}`,
  ),
  rule('round the clock', `24/7(?![\\d/])`, () => 'twenty-four seven'),
  rule('fraction', `(?<!/)(?:(\\d+) )?([1-9])/([2348])(?![\\d/])`, ([, whole, top = '', bottom = '']) =>
    fractionWords(whole, top, bottom),
  ),
  rule('internet address', `\\d{1,3}(?:\\.\\d{1,3}){3}(?![\\d]|\\.\\d)`, ([digits]) =>
    digits.split('.').map(cardinalWords).join(' dot '),
  ),
  rule('version', '\\d+(?:\\.\\d+){2,}', ([digits]) => digits.split('.').map(cardinalWords).join(' point ')),
  rule('decade', `(?:1[1-9]|20)?(\\d0)['’]?s\\b`, ([digits]) => decadeWords(digits.replaceAll(/\D/gu, ''))),
  rule('ordinal', '(\\d{1,3}(?:,\\d{3})+|\\d+)(?:st|nd|rd|th)\\b', ([, digits = '']) =>
    ordinalWords(digits.replaceAll(',', '')),
  ),
  rule('decimal', `(?:${WHOLE})\\.\\d+`, ([digits]) => amountWords(digits)),
  { name: 'bare decimal', pattern: /(?<![\p{L}\p{N}.])\.(?=\d)/uy, say: () => 'point ' },
  rule(
    'spaced thousands',
    `\\d{1,3}(?:[\\u00a0\\u2009\\u202f]\\d{3})+${END}|\\d{1,3}(?: 000)+${END}`,
    ([digits]) => cardinalWords(digits.replaceAll(/\D/gu, '')),
  ),
  rule(
    'quantity',
    `(?<!\\b(?:[Ii]n|[Ss]ince|[Bb]y|[Uu]ntil|[Ff]rom|year|spring|summer|fall|winter) )\\d{4}${QUANTITY_FOLLOWS}`,
    ([digits]) => cardinalWords(digits),
  ),
  rule('year', '(?:1[1-9]|20)\\d\\d(?!\\d|[.,]\\d)', ([digits]) => yearWords(digits)),
  { name: 'number', pattern: new RegExp(WHOLE, 'uy'), say: ([digits]) => amountWords(digits) },
  {
    name: 'range',
    pattern: /(?<=[\d%€£$]|\d(?:st|nd|rd|th|[kKM])|\d ?[aApP]\.?[mM]\.?)[-–—](?=[$€£]?\d)/uy,
    say: () => ' to ',
  },
  {
    name: 'range of times',
    pattern: /(?<=(?:%|:[0-5]\d|\d ?[aApP]\.?[mM]\.?) )[-–—](?= \d)|(?<=\d )–(?= \d)/uy,
    say: () => 'to',
  },
  { name: 'minus', pattern: /(?<![^\s(])[-−](?=[$€£]?\d)/uy, say: () => 'minus ' },
  { name: 'plus', pattern: /(?<![^\s(])\+ ?(?=\d)/uy, say: () => 'plus ' },
  { name: 'times', pattern: /(?<=\d ?)×(?= ?\d)/uy, say: () => ' times ' },
  { name: 'equals', pattern: /(?<=\d ?)=(?= ?\d)/uy, say: () => ' equals ' },
  { name: 'about', pattern: /~(?=[$€£]?\d)/uy, say: () => 'about ' },
  {
    name: 'degrees',
    pattern: /(?<=\d ?)°([CF])?\b/uy,
    say: ([, scale]) => ` degrees${DEGREES[scale ?? ''] ?? ''}`,
  },
  { name: 'number sign', pattern: /#(?=\d)/uy, say: () => 'number ' },
  { name: 'ampersand', pattern: /&/uy, say: () => ' and ' },
  { name: 'per', pattern: /\/(?=(?:month|mo|week|day|year|hour|night|person)\b)/uy, say: () => ' per ' },
];

const DEGREES: Readonly<Record<string, string>> = { C: ' Celsius', F: ' Fahrenheit' };
