import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countSmsSegments } from './sms-segments.js';

describe('segments', () => {
  it.each([
    ['', 'gsm-7', 0, 0],
    ['a'.repeat(160), 'gsm-7', 160, 1],
    ['a'.repeat(161), 'gsm-7', 161, 2],
    ['a'.repeat(306), 'gsm-7', 306, 2],
    ['a'.repeat(307), 'gsm-7', 307, 3],
    ['€'.repeat(80), 'gsm-7', 160, 1],
    // 76 escapes fill 152 of 153 septets; the 77th does not fit in the last one.
    ['€'.repeat(153), 'gsm-7', 306, 3],
    ['ж'.repeat(70), 'ucs-2', 70, 1],
    ['ж'.repeat(71), 'ucs-2', 71, 2],
    ['It’s', 'ucs-2', 4, 1],
    ['🙂'.repeat(35), 'ucs-2', 70, 1],
    // 33 emoji fill 66 of 67 code units.
    ['🙂'.repeat(67), 'ucs-2', 134, 3],
    ['שלום', 'ucs-2', 4, 1],
  ] as const)('countSmsSegments counts the segments of %j', (text, encoding, units, segments) => {
    expect(countSmsSegments(text)).toEqual({ encoding, units, segments });
  });

  it('the segments of a text hold all its units, and are never fewer for a longer text', () => {
    const unit = fc.constantFrom('a', '€', 'ж', '🙂');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 500 }), unit, (text, more) => {
        const { encoding, units, segments } = countSmsSegments(text);
        const limit = encoding === 'gsm-7' ? 160 : 70;
        expect(segments * limit).toBeGreaterThanOrEqual(units);
        expect(countSmsSegments(text + more).segments).toBeGreaterThanOrEqual(segments);
      }),
    );
  });
});
