import { countSmsSegments } from './sms-segments.js';
import { URL_SOURCE } from './text-patterns.js';

/**
 * The GSM-7 replacements of typography: quotes, dashes, ellipsis, spaces, bullets, invisible characters. Letters and symbols
 * are never replaced. A subset of Twilio's Smart Encoding (twilio.com/docs/messaging/services/smart-encoding-char-list).
 */
const REPLACEMENTS: readonly (readonly [plain: string, characters: string])[] = [
  ['"', '“”„‟″«»❝❞〝〞＂'],
  ["'", '‘’‚‛′‹›´ʼ＇`'],
  ['-', '‐‑‒–—―−⁃•‣◦▪●'],
  ['...', '…'],
  ['/', '⁄'],
  [' ', '\t\u00A0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u202F\u205F\u3000'],
  ['', '\u00AD\u200B\u2060\uFEFF'],
];

const PLAIN = new Map(
  REPLACEMENTS.flatMap(([plain, characters]) => Array.from(characters, (c) => [c, plain])),
);

const URL_OR_CHARACTER = new RegExp(`${URL_SOURCE}|(?<=\\S)—(?=\\S)|[${[...PLAIN.keys()].join('')}]`, 'giu');

function plainFor(found: string, offset: number, text: string): string {
  const isDashBetweenWords =
    found === '—' && /\S/.test(text[offset - 1] ?? ' ') && /\S/.test(text[offset + 1] ?? ' ');
  return isDashBetweenWords ? ' - ' : (PLAIN.get(found) ?? found);
}

/**
 * Returns the text with plain typography if that makes it fit GSM-7. Otherwise returns the text unchanged: one emoji or
 * Cyrillic letter makes the message UCS-2 anyway, and then its typography costs nothing. URLs are never changed. The result
 * may be three times as long, or empty if the text has only invisible characters.
 */
export function withGsmTypography(text: string): string {
  const plain = text.replace(URL_OR_CHARACTER, plainFor);
  return plain !== text && countSmsSegments(plain).encoding === 'gsm-7' ? plain : text;
}
