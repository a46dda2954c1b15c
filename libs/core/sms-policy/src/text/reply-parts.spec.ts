import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_REPLY_PARTS, MAX_SMS_CHARS, splitReply, splitText } from './reply-parts.js';
import { countSmsSegments } from './sms-segments.js';

const unlimited = 100_000;
const word = (length: number) => 'x'.repeat(length);

/** The positions of the parts in the text; fails if anything but white space is between them. */
function locate(text: string, parts: readonly string[]) {
  let at = 0;
  const spans = parts.map((part) => {
    const start = text.indexOf(part, at);
    expect(text.slice(at, start === -1 ? undefined : start).trim()).toBe('');
    at = start + part.length;
    return { part, start, end: at };
  });
  expect(text.slice(at).trim()).toBe('');
  return spans;
}

/** Running text in many scripts, without typography that would be replaced. */
const plainText = () => {
  const piece = fc.oneof(
    { weight: 5, arbitrary: fc.stringMatching(/^[A-Za-z]{1,12}$/) },
    fc.constantFrom(
      '字',
      '漢字仮名',
      'かな',
      'สวัสดีครับ',
      'नमस्ते',
      'שלום',
      'مرحبا',
      '한국어',
      'e\u0301\u0302',
      '\u0301',
    ),
    fc.constantFrom('🙂', '👨‍👩‍👧', '🇩🇪🇫🇷', '👍🏽', '1️⃣', '3.14', '$5', '(a)', 'Dr.', '2.'),
    fc.stringMatching(/^https:\/\/[a-z]{1,60}\/[a-z?=&.]{0,20}[a-z]$/),
    fc.stringMatching(/^[a-z]{30,120}$/),
  );
  const space = fc.constantFrom(' ', ' ', ' ', '. ', '! ', '? ', '。', '，', '\n', '\n\n', '  ', '');
  return fc.array(fc.tuple(piece, space), { maxLength: 80 }).map((list) => list.flat().join(''));
};

describe('the parts of a text', () => {
  it('the parts of a text contain all of it in order, cut no grapheme or URL, and are short enough', () => {
    fc.assert(
      fc.property(plainText(), fc.integer({ min: 16, max: 120 }), (text, maxChars) => {
        const spans = locate(text, splitText(text, { maxChars, maxParts: unlimited }));
        const graphemes = new Set(
          Array.from(
            new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text),
            ({ index }) => index,
          ),
        );
        const urls = Array.from(text.matchAll(/(?<=^|\s)https:[!-~]+?(?=[.!?]?(?:\s|$))/g)).filter(
          ([url]) => url.length <= maxChars - 4,
        );
        for (const [index, { part, start, end }] of spans.entries()) {
          expect(part.trim()).toBe(part);
          expect(part).not.toBe('');
          expect(part.length).toBeLessThanOrEqual(maxChars);
          // A space before a combining mark is part of the mark's grapheme, and is lost at a cut.
          expect(graphemes.has(start) || /\s/.test(text.charAt(start - 1))).toBe(true);
          expect(end === text.length || graphemes.has(end)).toBe(true);
          expect(urls.filter((url) => url.index < end && end < url.index + url[0].length)).toEqual([]);
          const isInWord = spans[index + 1]?.start === end;
          if (isInWord && /^[ -~\s]+$/.test(part)) expect(part).not.toMatch(/\s/);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('the parts of a text are whole sentences if these fit', () => {
    const sentence = fc
      .array(fc.stringMatching(/^[a-z]{5,12}$/), { minLength: 1, maxLength: 5 })
      .map((words) => `A ${words.join(' ')}.`);
    fc.assert(
      fc.property(fc.array(sentence, { minLength: 1 }), (sentences) => {
        const parts = splitText(sentences.join(' '), { maxChars: 80, maxParts: unlimited });
        for (const part of parts) expect(part).toMatch(/^A .*\.$/);
        for (const [index, part] of parts.slice(1).entries()) {
          expect(parts[index]!.length + 1 + part.split('. ')[0]!.length).toBeGreaterThanOrEqual(80);
        }
      }),
    );
  });

  it.each([
    [
      'at the last sentence end',
      'Aaaa bbbb. Cccc dddd. Eeee ffff',
      25,
      ['Aaaa bbbb. Cccc dddd.', 'Eeee ffff'],
    ],
    ['exactly full', `${word(9)}. ${word(9)}.`, 21, [`${word(9)}. ${word(9)}.`]],
    ['one too long', `${word(9)}. ${word(9)}.`, 20, [`${word(9)}.`, `${word(9)}.`]],
    ['at a line end', 'One two three\nfour five six', 20, ['One two three', 'four five six']],
    ['at a paragraph', 'One.\n\nTwo two two two', 20, ['One.', 'Two two two two']],
    ['at a word end in a long sentence', 'aaaa bbbb cccc dddd eeee', 16, ['aaaa bbbb cccc', 'dddd eeee']],
    [
      'a long sentence begins in the part before it',
      `Hi. ${'abcd '.repeat(8)}`,
      24,
      ['Hi. abcd abcd abcd abcd', 'abcd abcd abcd abcd'],
    ],
    ['not behind a title or a number', 'We can meet Dr. Jones later', 20, ['We can meet Dr.', 'Jones later']],
    [
      'not at a no-break space',
      'aaaa bbbb ccc 100\u00A0km/h é ж',
      16,
      ['aaaa bbbb ccc', '100\u00A0km/h é ж'],
    ],
    ['in a word longer than a part', word(40), 16, [word(16), word(16), word(8)]],
    ['before a URL', 'see https://a.example/ now', 20, ['see', 'https://a.example/', 'now']],
    ['before a URL behind Chinese', '请看看看看https://a.example', 21, ['请看看看看', 'https://a.example']],
    ['before a URL behind emoji', '🙂🙂🙂https://a.example', 21, ['🙂🙂🙂', 'https://a.example']],
    ['in a URL longer than a part', 'see https://a.example/abc', 16, ['see', 'https://a.exampl', 'e/abc']],
    [
      'between Chinese sentences',
      '今天天气很好。我们去公园吧，怎么样？好的。',
      17,
      ['今天天气很好。', '我们去公园吧，怎么样？好的。'],
    ],
    [
      'between Chinese words',
      '今天天气很好我们去公园吧怎么样好的',
      16,
      ['今天天气很好我们去公园吧怎么样', '好的'],
    ],
    ['between surrogate pairs', `a${'🙂'.repeat(16)}`, 16, [`a${'🙂'.repeat(7)}`, '🙂'.repeat(8), '🙂']],
    ['between families', '👨‍👩‍👧‍👦'.repeat(3), 16, ['👨‍👩‍👧‍👦', '👨‍👩‍👧‍👦', '👨‍👩‍👧‍👦']],
    [
      'between code points of an endless grapheme',
      `e${'\u0301'.repeat(20)}`,
      16,
      [`e${'\u0301'.repeat(15)}`, '\u0301'.repeat(5)],
    ],
  ])('splitText ends a part in the right position: %s', (_where, text, maxChars, parts) =>
    expect(splitText(text, { maxChars })).toEqual(parts),
  );

  it.each(['', ' \n\t\u00A0', '\u200B\uFEFF'])('splitText returns no parts for the text %j', (text) =>
    expect(splitText(text)).toEqual([]),
  );

  it.each([{ maxChars: 15 }, { maxChars: 20.5 }, { maxParts: 0 }])(
    'splitText refuses the limits %j',
    (limits) => expect(() => splitText('x', limits)).toThrow(RangeError),
  );
});

describe('a reply that is too long', () => {
  it('a reply that is too long ends with an ellipsis after the last sentence or word that fits', () => {
    expect(splitText('Aaaa bbbb. Cccc dddd. Eeee ffff.', { maxChars: 16, maxParts: 2 })).toEqual([
      'Aaaa bbbb.',
      'Cccc dddd. ...',
    ]);
    expect(splitText('aaaa bbbb cccc dddd', { maxChars: 16, maxParts: 1 })).toEqual(['aaaa bbbb ...']);
  });

  it('a reply that is too long is cut after the last allowed part, and the earlier parts do not change', () => {
    fc.assert(
      fc.property(plainText(), fc.integer({ min: 1, max: 4 }), (text, maxParts) => {
        const all = splitText(text, { maxChars: 40, maxParts: unlimited });
        const parts = splitText(text, { maxChars: 40, maxParts });
        expect(parts.length).toBe(Math.min(all.length, maxParts));
        expect(parts.slice(0, maxParts - 1)).toEqual(all.slice(0, maxParts - 1));
        if (all.length <= maxParts) expect(parts).toEqual(all);
        else expect(parts.at(-1)).toMatch(/^.{1,36} \.\.\.$/s);
      }),
    );
  });

  it.each([
    'word ',
    'Sentence. ',
    'a',
    '…',
    '—a',
    '🙂',
    '\u0301',
    'สวัสดี',
    'https://',
    '**a** ',
    '$\n',
    '\u00A0a',
  ])('splitting a reply of 100,000 characters %j takes linear time', { timeout: 10_000 }, (unit) => {
    const parts = splitReply(unit.repeat(100_000 / unit.length));
    expect(parts).toHaveLength(MAX_REPLY_PARTS);
    for (const part of parts) expect(part.length).toBeLessThanOrEqual(MAX_SMS_CHARS);
  });
});

describe('typography', () => {
  it.each([
    ['It’s “fine” – really… 5\u00A0km', `It's "fine" - really... 5 km`],
    ['nine—or ten', 'nine - or ten'],
    ['• soft\u00ADhyphen\u200B ‚x‘ «y»', `- softhyphen 'x' "y"`],
    // An emoji, or a letter that GSM-7 lacks, makes the text UCS-2 in any case.
    ['It’s “fine” 🙂', 'It’s “fine” 🙂'],
    [
      '« Ça marche ! » – ok',
      '« Ça marche ! » – ok'.replaceAll('«', '"').replaceAll('»', '"').replace('–', '-'),
    ],
    ['Это «так» — да…', 'Это «так» — да…'],
    ['می\u200Cخواهم “x”', 'می\u200Cخواهم “x”'],
    // A URL is an address, not typography.
    ['It’s at https://a.example/A–B', 'It’s at https://a.example/A–B'],
  ])('the typography of %j is replaced only if that makes the text GSM-7', (text, sent) =>
    expect(splitReply(text)).toEqual([sent]),
  );

  it('the typography of each part is replaced only if that makes the part GSM-7', () =>
    expect(splitText('It’s “fine” now. It’s “fine” 🙂.', { maxChars: 20 })).toEqual([
      `It's "fine" now.`,
      'It’s “fine” 🙂.',
    ]));

  it('curly quotes, dashes and special spaces alone never make a part UCS-2 or too long', () => {
    const unit = fc.constantFrom('a', 'B', ' ', '.', ' ', '…', '—', '“', '’', '\u00A0', '•', '\u200B', '\n');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 200 }), fc.integer({ min: 16, max: 60 }), (text, maxChars) => {
        const parts = splitText(text, { maxChars, maxParts: unlimited });
        for (const part of parts) {
          expect(part).not.toBe('');
          expect(part.length).toBeLessThanOrEqual(maxChars);
          expect(countSmsSegments(part).encoding).toBe('gsm-7');
        }
        const letters = (of: string) => of.replace(/[^aB]/g, '');
        expect(letters(parts.join(''))).toBe(letters(text));
      }),
    );
  });
});

it.each(['', ' \n', '\u200b', '\u200b\ufe0f \u2060', '**\u200b**'])(
  'the blank text %j has no parts',
  (text) => {
    expect(splitReply(text)).toEqual([]);
  },
);

it('splitReply turns any input into parts that can be sent', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.integer({ min: 16, max: 60 }),
      (text, maxChars) => {
        for (const part of splitReply(text, { maxChars })) {
          expect(part.trim()).toBe(part);
          expect(part).not.toBe('');
          expect(part.length).toBeLessThanOrEqual(maxChars);
          expect(part).not.toMatch(/\p{Surrogate}/u);
        }
      },
    ),
  );
}, 60_000);
