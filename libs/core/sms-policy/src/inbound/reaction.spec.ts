import { describe, expect, it } from 'vitest';
import { reactionFact, readReaction } from './reaction.js';

describe('a reaction', () => {
  it.each([
    ['Liked “See you at 8”', '👍', 'See you at 8'],
    ['Loved “See you at 8”', '❤️', 'See you at 8'],
    ['Disliked "See you at 8"', '👎', 'See you at 8'],
    ['Laughed at “See you at 8”', '😂', 'See you at 8'],
    ['Emphasized “See you at 8”', '‼️', 'See you at 8'],
    ['Emphasised “See you at 8”', '‼️', 'See you at 8'],
    ['Questioned “See you at 8”', '❓', 'See you at 8'],
    ['Liked “Two\nlines, “quoted” inside”', '👍', 'Two\nlines, “quoted” inside'],
    ['Liked an image', '👍', undefined],
    ['Loved a movie', '❤️', undefined],
    ['Reacted 🎉 to “See you at 8”', '🎉', 'See you at 8'],
    ['Reacted 👩🏽‍🚀 to “See you at 8”', '👩🏽‍🚀', 'See you at 8'],
    ['\u200b👍\u200b to “\u200a See you at 8 \u200a”\u200b', '👍', 'See you at 8'],
    ['❤️ to "See you at 8"', '❤️', 'See you at 8'],
    ['😮 to an image', '😮', undefined],
  ])('the text %j is read as a reaction', (text, emoji, quoted) => {
    expect(readReaction(text)).toEqual({ emoji, isRemoved: false, quoted });
  });

  it.each([
    ['Removed a like from “See you at 8”', '👍'],
    ['Removed a heart from “See you at 8”', '❤️'],
    ['Removed a dislike from “See you at 8”', '👎'],
    ['Removed a laugh from “See you at 8”', '😂'],
    ['Removed an exclamation from “See you at 8”', '‼️'],
    ['Removed a question mark from “See you at 8”', '❓'],
    ['Removed 🎉 from “See you at 8”', '🎉'],
    ['\u200b👍\u200b removed from “\u200aSee you at 8\u200a”', '👍'],
  ])('the text %j is read as a withdrawn reaction', (text, emoji) => {
    expect(readReaction(text)).toEqual({ emoji, isRemoved: true, quoted: 'See you at 8' });
  });

  it.each([
    'Liked it a lot',
    'I liked “Dune”',
    'Liked “Dune” and “Alien”, did you?',
    'Loved your idea',
    '👍',
    '👍 to that',
    'Removed the comma from “a, b”',
    'Questioned',
    'constructor “x”',
    '',
    `Liked “${'x'.repeat(5_000)}”`,
  ])('the text %j is not a reaction', (text) => {
    expect(readReaction(text)).toBeUndefined();
  });

  it('reactionFact describes a reaction and its withdrawal for the model', () => {
    expect(reactionFact(readReaction('Liked “See you at 8”')!)).toBe(
      '(a reaction, which needs no answer: the person reacted with 👍 to "See you at 8")',
    );
    expect(reactionFact(readReaction('Removed a like from an image')!)).toBe(
      '(a reaction, which needs no answer: the person took back the reaction 👍 to what was sent)',
    );
  });
});
