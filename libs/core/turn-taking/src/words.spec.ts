import { describe, expect, it } from 'vitest';
import { plainWords, wordsIn } from './words.js';

describe('[V-02] the words of a text', () => {
  it.each([
    ['Hello there, 5 p.m. – ok?', ['Hello', 'there,', '5', 'p.m.', '–', 'ok?']],
    ['「はい、どうぞ」と言う。', ['「はい、', 'どうぞ」', 'と', '言う。']],
    ['好的，明天见！再见', ['好的，', '明天', '见！', '再见']],
    ['GPT4を 使う', ['GPT4', 'を', '使う']],
    ['  ', []],
  ])('[V-02] the text %j is split into its words', (text, words) => {
    const places = wordsIn(text);
    expect(places.map((word) => word.text)).toEqual(words);
    for (const { text: word, start, end } of places) expect(text.slice(start, end)).toBe(word);
  });

  it('[V-02] words are compared without punctuation, case, and the spaces that a recogniser puts between them', () => {
    expect(plainWords("It's OK, really!")).toEqual(['its', 'ok', 'really']);
    expect(plainWords('はい、 そう です。')).toEqual(plainWords('はいそうです'));
    expect(plainWords('…')).toEqual([]);
  });
});
