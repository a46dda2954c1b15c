import { describe, expect, it } from 'vitest';
import { countSegments } from './segments.js';

describe('countSegments', () => {
  it.each([
    ['an empty text', '', 1],
    ['160 GSM-7 characters', 'a'.repeat(160), 1],
    ['161 GSM-7 characters', 'a'.repeat(161), 2],
    ['306 GSM-7 characters', 'a'.repeat(306), 2],
    ['307 GSM-7 characters', 'a'.repeat(307), 3],
    ['80 euro signs of two septets each', '€'.repeat(80), 1],
    ['81 euro signs', '€'.repeat(81), 2],
    ['70 UCS-2 code units', '“'.repeat(70), 1],
    ['71 UCS-2 code units', '“'.repeat(71), 2],
    ['35 emoji of two code units each', '😀'.repeat(35), 1],
    ['67 emoji, of which 33 fit into a segment', '😀'.repeat(67), 3],
  ])('countSegments counts the segments of %s', (_name, text, segments) => {
    expect(countSegments(text)).toBe(segments);
  });
});
