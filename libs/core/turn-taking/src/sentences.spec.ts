import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { looksWhole, NO_TEXT, splitSentences } from './sentences.js';

/** Thousands of cases take long on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

/** Feeds a text in pieces; returns the sentences and what is left. */
function split(...pieces: string[]): { sentences: string[]; pending: string } {
  let state = NO_TEXT;
  const sentences: string[] = [];
  for (const piece of pieces) {
    const step = splitSentences(state, piece);
    sentences.push(...step.sentences);
    state = step.split;
  }
  return { sentences, pending: state.pending };
}

describe('[V-05] a sentence goes out as soon as it has ended', () => {
  it('with the space that shows it', () => {
    expect(split('Good', ' evening', '!', ' ')).toEqual({ sentences: ['Good evening! '], pending: '' });
  });

  it.each([
    ['One. Two? Three! Four', ['One. ', 'Two? ', 'Three! '], 'Four'],
    ['He said "Yes." Then he left. ', ['He said "Yes." ', 'Then he left. '], ''],
    ['First line\nSecond line\n\nThird', ['First line\n', 'Second line\n\n'], 'Third'],
    ['**Done.** Next', ['**Done.** '], 'Next'],
    ['好的。明天见！再', ['好的。', '明天见！'], '再'],
    ['We open at 5 p.m. Come by. ', ['We open at 5 p.m. ', 'Come by. '], ''],
    ['No. We close at six. ', ['No. ', 'We close at six. '], ''],
    ['Wait… what? ', ['Wait… ', 'what? '], ''],
  ])('%j', (text, sentences, pending) => {
    expect(split(text)).toEqual({ sentences, pending });
    const bare = (texts: string[]): string[] => texts.map((one) => one.trim());
    const slowly = split(...text.split(''));
    expect(bare(slowly.sentences)).toEqual(bare(sentences));
    expect(slowly.pending.trim()).toBe(pending.trim());
  });
});

describe('[V-05] a stop that is none splits nothing', () => {
  it.each([
    'It costs $3.50 today',
    'Dr. Smith and Mrs. Jones are in',
    'Ask J. Smith of the U.S. Army',
    'Open e.g. on Sundays, i.e. tomorrow',
    'See https://example.com/a.b?c=1!d and www.example.org or mail a.b@example.com',
    'Take the No. 5 bus from St. James to Mt. Airy',
    'Version 1.2.3 of 2.0',
    '1. Apples',
    'From Mon. to Fri. at 9 a.m. and 5 p.m. only',
    'Pears, plums, etc. are sold out',
  ])('%j', (text) => {
    expect(split(text).sentences).toEqual([]);
    expect(split(...text.split('')).sentences).toEqual([]);
  });
});

it('a text without a stop is cut at a space, never inside a number', () => {
  const text = 'and 1 000 000 more '.repeat(30);
  const { sentences, pending } = split(text);
  expect(sentences.length).toBeGreaterThan(0);
  expect([...sentences, pending].join('')).toBe(text);
  for (const sentence of sentences) expect(sentence.length).toBeLessThanOrEqual(300);
  for (const next of [...sentences.slice(1), pending]) expect(next).not.toMatch(/^\d{3}/);
});

it.each([
  ['initials', 'A. B. '],
  ['stops', '. '],
  ['spaces', ' '],
  ['lines of a table', '|\n'],
  ['letters of a script without spaces', '你'],
  ['emoji', '👍'],
])('a text of nothing but %s is cut too, before it takes long to look at', (_, unit) => {
  const text = unit.repeat(12_000 / unit.length);
  let state = NO_TEXT;
  const parts: string[] = [];
  for (let at = 0; at < text.length; at += 6) {
    const step = splitSentences(state, text.slice(at, at + 6));
    state = step.split;
    parts.push(...step.sentences);
    expect(state.pending.length).toBeLessThanOrEqual(1_000);
  }
  expect(parts.join('') + state.pending).toBe(text);
  expect(parts.every((part) => !/[\uD800-\uDBFF]$/.test(part))).toBe(true);
});

it('a text that ends like a sentence is known, one that may go on is not', () => {
  const whole = ['One moment.', 'Really?"', '好的。', 'One moment. '];
  const open = ['It costs 3.', 'Ask Dr.', 'One moment', '...', ''];
  expect(whole.map((pending) => looksWhole({ pending }))).toEqual(whole.map(() => true));
  expect(open.map((pending) => looksWhole({ pending }))).toEqual(open.map(() => false));
});

it('however a text arrives, its sentences and its rest are the text', () => {
  const unit = fc.constantFrom(...'aB1$ \n.!?…。")*'.split(''), 'Dr', 'etc', '://');
  fc.assert(
    fc.property(fc.array(fc.string({ unit, maxLength: 200 }), { maxLength: 12 }), (pieces) => {
      const { sentences, pending } = split(...pieces);
      expect([...sentences, pending].join('')).toBe(pieces.join(''));
      for (const sentence of sentences) expect(sentence).toMatch(/[\p{L}\p{N}]/u);
    }),
  );
});
