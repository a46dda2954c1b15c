import { digitWords } from './english-number-words.js';
import type { SpeechRule } from './speech-rules.js';

/** Words after a number that make it a quantity. */
export const QUANTITY_FOLLOWS =
  '(?= ?(?:[mkµ]?g|[mkc]?m|m?l|lbs?|oz|ft|mph|k?cal|k?Wh?|[kMGT]B|Hz|people|USD|EUR|GBP)\\b| (?!was\\b|has\\b|does\\b|this\\b|plus\\b|always\\b|perhaps\\b|unless\\b|across\\b)\\p{Ll}{2,}s\\b)';

/** The beginning of a number: does not match inside a longer number or a word. */
const HEAD = '(?<![\\p{L}\\p{N}]|\\d[.,:/-])';
const END = '(?![\\p{L}\\p{N}%]|[.,:/-]\\d)';

const LEAD_IN = `(?:[\\s"'“”‘’*_:=#(]|\\b(?:is|was|are|at|on|to|no|us|me|them|number|or|and)\\b\\.?){1,6}`;
const after = (words: string): string => `(?<=\\b(?:${words})${LEAD_IN})`;

/** Words that announce a phone number. */
const DIAL = 'call|dial|ring|phone|telephone|tel\\.?|fax|mobile|cell|whatsapp|hotline|helpline|lifeline|text';
/** Words that announce a code. */
const CODE =
  'code|pin|passcode|password|passphrase|otp|extension|ext\\.?|zip|reference|ref\\.?|confirmation|ticket|booking|invoice|account|tracking|serial|policy|case|flight|member id|user id|ending in|ending with|ends in|ends with|last four|last four digits|(?:your|the|my|our|this|phone|order|id|card|contract|customer|room|model) number(?= is| was|:)';

/** Matches a plus sign, parentheses, or groups of digits as people write them. */
const PHONE_NUMBERS = [
  '\\+(?=(?:[ .()-]{0,2}\\d){7,15}(?!\\d))\\(?\\d(?:[ .-]?\\(?\\d|\\)[ .-]?\\d)+',
  '(?:1[ .-])?\\(\\d{2,5}\\)[ .-]?\\d{3,4}[ .-]?\\d{3,4}',
  '(?:1[ .-])?[2-9]\\d{2}([ .-])\\d{3}[ .-]\\d{4}',
  '0(?=(?:[ /-]?\\d){6,14}(?![ -]?\\d))\\d{1,5}(?:[ /-]\\d{2,8})+',
  '0\\d(?:\\.\\d{2}){4}',
  '555[ -]\\d{4}',
  `[2-9]\\d{2}-(?!\\d{2}00)\\d{4}(?!${QUANTITY_FOLLOWS})`,
];
/** Matches 7 to 13 digits in groups, which are a phone number only after a word that announces one. */
const DIALLED = `(?=(?:[ -]?\\d){7,13}(?![ -]?\\d))\\d{2,5}(?:[ -]\\d{2,7}){1,5}`;
const SERVICE_NUMBERS = '112|999|000|111|101|988|[2-8]11|116 ?\\d{3}';

const pattern = (...alternatives: string[]): RegExp =>
  new RegExp(`${HEAD}(?:${alternatives.join('|')})${END}`, 'iuy');

/** Rules for numbers that are not quantities. They are read digit by digit, with a pause between the groups. */
export const ENGLISH_DIGIT_RULES: readonly SpeechRule[] = [
  { name: 'phone number', pattern: pattern(...PHONE_NUMBERS, after(DIAL) + DIALLED), say: digits },
  {
    name: 'phone word',
    pattern: /(?<![\p{L}\p{N}]|\d-)(?:1-)?8(?:00|33|44|55|66|77|88)-(?=[A-Z]{2}|\d{3}-[A-Z]{2})/uy,
    say: ([number]) => `${groupsOf(number)}, `,
  },
  { name: 'card number', pattern: pattern('\\d{4}([ -])\\d{4}\\1\\d{4}(?:\\1\\d{1,4})?'), say: digits },
  {
    name: 'grouped code',
    pattern: pattern(
      '(?!\\d{4}-\\d{2}-\\d{2}(?!\\d)|\\d{1,2}-\\d{1,2}-\\d{4}(?!\\d))\\d+(?:-\\d+){2,}',
      '\\d{5}-\\d{4}',
    ),
    say: digits,
  },
  {
    name: 'code',
    pattern: pattern(
      after(CODE) + '(?:\\d{3}[ -]\\d{3}|\\d{4}[ -]\\d{4}|\\d{2}(?:[ -]\\d{2}){1,3}|\\d{3,12})',
      '(?<=#)\\d{4,12}',
    ),
    say: digits,
  },
  {
    name: 'code with letters',
    pattern: new RegExp(
      `${HEAD}${after(CODE)}(?=[A-Z]*\\d)(?=\\d*[A-Z])[A-Z\\d]{3,12}(?![\\p{L}\\p{N}])`,
      'uy',
    ),
    say: ([code]) => Array.from(code, (char) => (/\d/.test(char) ? digitWords(char) : char)).join(' '),
  },
  {
    name: 'service number',
    pattern: pattern(
      '911',
      `${after(`${DIAL}|emergency|emergencies`)}(?:${SERVICE_NUMBERS})(?!${QUANTITY_FOLLOWS})`,
      `(?<=\\b(?:911|112|999|988) or )(?:${SERVICE_NUMBERS})`,
      `${after('call|dial|ring')}\\d{4,6}(?!${QUANTITY_FOLLOWS})`,
      '(?<=\\btext\\b[^.!?\\n]{0,40}\\bto )\\d{5,6}',
    ),
    say: digits,
  },
];

function digits([number]: RegExpExecArray): string {
  return number.startsWith('+') ? `plus ${groupsOf(number)}` : groupsOf(number);
}

const groupsOf = (number: string): string => (number.match(/\d+/gu) ?? []).map(digitWords).join(', ');
