/** Text that is spoken differently from how it is written. Patterns are tried in order at each position. */
export interface SpeechRule {
  readonly name: string;
  /** A sticky pattern. */
  readonly pattern: RegExp;
  readonly say: (match: RegExpExecArray) => string;
}

const silent = (): string => '';

/** Rules that remove markup, for all languages. */
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

/** Rules for languages without rules of their own: an address is spoken without scheme and path. */
export const PLAIN_ADDRESS_RULES: readonly SpeechRule[] = [
  { name: 'web address', pattern: WEB, say: ([address]) => sayable(address) },
];

/** Rules for English: an address is spelt out. */
export const ENGLISH_ADDRESS_RULES: readonly SpeechRule[] = [
  { name: 'mail address', pattern: MAIL, say: ([address]) => spelt(address) },
  { name: 'web address', pattern: WEB, say: ([address]) => spelt(sayable(address)) },
  { name: 'domain', pattern: BARE_DOMAIN, say: ([address]) => spelt(sayable(address)) },
];

/** Removes the scheme, `www.`, and everything after the path. */
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
