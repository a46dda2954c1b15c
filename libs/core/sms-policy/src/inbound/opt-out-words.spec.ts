import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readKeyword } from './opt-out-words.js';

const words = {
  stop: ['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT'],
  start: ['START', 'YES', 'UNSTOP'],
  help: ['HELP', 'INFO'],
};
const all = Object.entries(words).flatMap(([kind, list]) => list.map((word) => ({ kind, word })));

describe('a bare keyword', () => {
  it.each(all)('the bare keyword $word is read as $kind', ({ kind, word }) => {
    expect(readKeyword(word)).toEqual({ kind, word, verbatim: true });
    expect(readKeyword(`\n ${word.toLowerCase()}\u00A0`)).toEqual({ kind, word, verbatim: true });
  });

  it.each([
    'Stop.',
    'STOP!!!',
    '“STOP”',
    "'stop' ",
    '(stop)',
    '*stop*',
    'stop ,',
    'ＳＴＯＰ',
    '𝐒𝐓𝐎𝐏',
    'st\u200Bop\uFE0F',
    '\u202Estop\u202C',
  ])('the text %j is read as STOP, but not as the plain word that Twilio certainly answers', (text) =>
    expect(readKeyword(text)).toEqual({ kind: 'stop', word: 'STOP', verbatim: false }),
  );

  it('a keyword is read in any case, with any space and punctuation around it', () => {
    const around = fc.string({
      unit: fc.constantFrom(' ', '\n', '\t', '.', '!', ',', '"', '”', '…', '。'),
      maxLength: 8,
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...all),
        around,
        around,
        fc.boolean(),
        ({ kind, word }, before, after, isLower) => {
          const text = before + (isLower ? word.toLowerCase() : word) + after;
          expect(readKeyword(text)).toMatchObject({
            kind,
            word,
            verbatim: text.trim().toUpperCase() === word,
          });
        },
      ),
    );
  });
});

describe('no keyword', () => {
  it.each([
    '',
    ' ',
    '.',
    '?',
    'stop please',
    'please stop',
    'stop it',
    'opt out',
    'stop\nstart',
    'stopp',
    'S T O P',
  ])('the text %j is not a keyword', (text) => expect(readKeyword(text)).toBeUndefined());

  it.each(['Cancel?', 'stop ?!', 'yes 👍', '🛑', 'STOР', 'constructor', '__proto__', 'toString'])(
    'the text %j resembles a keyword but is not one',
    (text) => expect(readKeyword(text)).toBeUndefined(),
  );

  it('a text with a second word or more than 64 characters is not a keyword', () => {
    fc.assert(
      fc.property(fc.constantFrom(...all), fc.stringMatching(/^[a-z]{1,9}$/), ({ word }, other) => {
        expect(readKeyword(`${word} ${other}`)).toBeUndefined();
        expect(readKeyword(`${other} ${word}`)).toBeUndefined();
      }),
    );
    expect(readKeyword('stop'.repeat(30_000))).toBeUndefined();
    expect(readKeyword(`stop${'!'.repeat(100_000)}`)).toBeUndefined();
  });
});
