import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import {
  isQuestion,
  looksLikeSentence,
  EMPTY_SPLIT,
  type SentenceSplit,
  splitSentences,
  takePending,
} from './sentences.js';

/** Thousands of cases take long on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

/** Splits a text that arrives in pieces. */
function splitAll(pieces: readonly string[]): { sentences: string[]; state: SentenceSplit } {
  let state = EMPTY_SPLIT;
  const sentences: string[] = [];
  for (const piece of pieces) {
    const step = splitSentences(state, piece);
    sentences.push(...step.sentences);
    state = step.split;
  }
  return { sentences, state };
}

/** Returns the sentences and the pending text. */
function split(...pieces: string[]): { sentences: string[]; pending: string } {
  const { sentences, state } = splitAll(pieces);
  return { sentences, pending: state.pending };
}

describe('[V-05] a sentence goes out as soon as it has ended', () => {
  it('[V-05] a sentence ends at the space after its full stop', () => {
    expect(split('Good', ' evening', '!', ' ')).toEqual({ sentences: ['Good evening! '], pending: '' });
  });

  it.each([
    ['One. Two? Three! Four', ['One. ', 'Two? ', 'Three! '], 'Four'],
    ['He said "Yes." Then he left. ', ['He said "Yes." ', 'Then he left. '], ''],
    ['First line\nSecond line\n\nThird', ['First line\n', 'Second line\n\n'], 'Third'],
    ['**Done.** Next', ['**Done.** '], 'Next'],
    ['好的。明天见！再', ['好的。', '明天见！'], '再'],
    ['好的．共３．５元．再', ['好的．', '共３．５元．'], '再'],
    ['はい。12時です！「どうぞ」と', ['はい。', '12時です！'], '「どうぞ」と'],
    ['नमस्ते। कीमत 50 है।आप कैसे', ['नमस्ते। ', 'कीमत 50 है।'], 'आप कैसे'],
    ['میں ٹھیک ہوں۔ شکریہ۔اور', ['میں ٹھیک ہوں۔ ', 'شکریہ۔'], 'اور'],
    ['Բարև։ Ժամը 10։30 է։ Այո', ['Բարև։ ', 'Ժամը 10։30 է։ '], 'Այո'],
    ['สวัสดีครับ วันนี้ร้านของเราเปิดถึงหกโมงเย็น พรุ่งนี้ปิด', ['สวัสดีครับ วันนี้ร้านของเราเปิดถึงหกโมงเย็น '], 'พรุ่งนี้ปิด'],
    ['We open at 5 p.m. Come by. ', ['We open at 5 p.m. ', 'Come by. '], ''],
    ['No. We close at six. ', ['No. ', 'We close at six. '], ''],
    ['Wait… what? ', ['Wait… ', 'what? '], ''],
  ])('[V-05] the text %j is split into its sentences', (text, sentences, pending) => {
    expect(split(text)).toEqual({ sentences, pending });
    const bare = (texts: string[]): string[] => texts.map((one) => one.trim());
    const slowly = split(...text.split(''));
    expect(bare(slowly.sentences)).toEqual(bare(sentences));
    expect(slowly.pending.trim()).toBe(pending.trim());
  });
});

describe('[V-05] a full stop inside a sentence splits nothing', () => {
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
  ])('[V-05] the text %j is not split', (text) => {
    expect(split(text).sentences).toEqual([]);
    expect(split(...text.split('')).sentences).toEqual([]);
  });
});

it('a long text without a stop is cut at a space, never inside a number', () => {
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
])('of a text that consists only of %s, at most 1,000 characters are pending', (_, unit) => {
  const text = unit.repeat(12_000 / unit.length);
  let state = EMPTY_SPLIT;
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

it('a text that looks like a whole sentence is distinguished from one that may continue', () => {
  const whole = ['ठीक है।', 'شکریہ۔', 'Այո։', 'はい。」', 'One moment.', 'Really?"', '好的。', 'One moment. '];
  const open = ['It costs 3.', 'Ask Dr.', 'One moment', '...', ''];
  expect(whole.map((pending) => looksLikeSentence({ pending }))).toEqual(whole.map(() => true));
  expect(open.map((pending) => looksLikeSentence({ pending }))).toEqual(open.map(() => false));
});

it('the sentences and the pending text are the whole text, in whatever pieces it arrives', () => {
  // An asterisk stands only after a stop: `*a*` would be a stage direction.
  const unit = fc.constantFrom(...'aB1$ \n.!?…。")'.split(''), '.*', '。*', 'Dr', 'etc', '://');
  fc.assert(
    fc.property(fc.array(fc.string({ unit, maxLength: 200 }), { maxLength: 12 }), (pieces) => {
      const { sentences, pending } = split(...pieces);
      expect([...sentences, pending].join('')).toBe(pieces.join(''));
      for (const sentence of sentences) expect(sentence).toMatch(/[\p{L}\p{N}]/u);
    }),
  );
});

it('a sentence is a question if it ends with a question mark or an East Asian question particle', () => {
  for (const text of ['Monday?', 'Really?"', '好的吗', 'よろしいでしょうか。', '元気？」', 'کیوں؟']) {
    expect([text, isQuestion(text)]).toEqual([text, true]);
  }
  for (const text of ['Monday.', 'はい。', '好的。', ''])
    expect([text, isQuestion(text)]).toEqual([text, false]);
});

/** Returns the spoken part of a text that arrives in pieces. */
function spokenOf(pieces: readonly string[]): string {
  const { sentences, state } = splitAll(pieces);
  return [...sentences, ...takePending(state).sentences].join('');
}

describe('[V-05] text that is not spoken', () => {
  it.each([
    ['<think>They want a table. At five?</think>\n\nAt five.', 'At five.'],
    ['<thinking>\nOne. Two.\n</thinking>Hello. Bye.', 'Hello. Bye.'],
    ['Hello.<think>Hm. Why?</think> Bye.', 'Hello. Bye.'],
    ['One <think>or two</think>three', 'One three'],
    ['Hello. <THINK>never closed. And on.', 'Hello. '],
    ['they want this</think>\nHello.', 'Hello.'],
    ['Think <of> it: a < b', 'Think <of> it: a < b'],
  ])("[V-05] the model's reasoning is not spoken: %j", (text, spoken) => {
    expect(spokenOf([text])).toBe(spoken);
    expect(spokenOf(text.split(''))).toBe(spoken);
  });

  it.each([
    ['*smiles* Hello there. *nods* Fine.', 'Hello there. Fine.'],
    ['Hello! *waves*', 'Hello! '],
    ['Hello *waves at you*!', 'Hello!'],
    ['Well *laughs softly* that is new.', 'Well that is new.'],
    ['_chuckles_ You are right.', 'You are right.'],
    ['[pause] Let me see. [typing sounds] Done.', 'Let me see. Done.'],
    ['One [short pause] two', 'One two'],
    ['(laughs) Of course (smiling warmly) it is.', 'Of course it is.'],
    ['*lächelt* Guten Tag!', 'Guten Tag!'],
    ['*微笑* 你好。', '你好。'],
    ['*smiles*\nHello.', 'Hello.'],
    ['*smiles*', ''],
    ['That is *so* good, *really* good.', 'That is *so* good, *really* good.'],
    ['*Never* do this. *so* it is', '*Never* do this. *so* it is'],
    [
      '**Bold** and _soft_ [menu](https://example.com) [1]',
      '**Bold** and _soft_ [menu](https://example.com) [1]',
    ],
    ['It *looks* fine, 2 * 3 * 4 (checks are free)', 'It *looks* fine, 2 * 3 * 4 (checks are free)'],
    ['snake_case_smiles_here', 'snake_case_smiles_here'],
  ])('[V-05] stage directions are not spoken: %j', (text, spoken) => {
    expect(spokenOf([text])).toBe(spoken);
    expect(spokenOf(text.split(''))).toBe(spoken);
  });
});
