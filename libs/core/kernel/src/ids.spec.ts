import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatId, ID_RANDOM_BYTES, deriveId, parseId } from './ids.js';

const randomBytes = fc.uint8Array({ minLength: ID_RANDOM_BYTES, maxLength: ID_RANDOM_BYTES });
const moment = fc.integer({ min: 0, max: 2 ** 48 - 1 });

describe('ids', () => {
  it('an id is parsed as the kind that it was made for, and as no other kind', () => {
    fc.assert(
      fc.property(moment, randomBytes, (at, random) => {
        const id = formatId('msg', at, random);
        expect(parseId('msg', id)).toBe(id);
        expect(parseId('conv', id)).toBeUndefined();
      }),
    );
  });

  it('deriveId always derives the same id of another kind from an id', () => {
    fc.assert(
      fc.property(moment, randomBytes, (at, random) => {
        const id = deriveId('msg', formatId('req', at, random));
        expect(id).toBe(formatId('msg', at, random));
        expect(parseId('msg', id)).toBe(id);
      }),
    );
  });

  it('ids sort by the time at which they were made', () => {
    fc.assert(
      fc.property(moment, moment, randomBytes, randomBytes, (a, b, randomA, randomB) => {
        fc.pre(a < b);
        expect(formatId('msg', a, randomA) < formatId('msg', b, randomB)).toBe(true);
      }),
    );
  });

  it('ids differ when their random bytes differ', () => {
    fc.assert(
      fc.property(moment, randomBytes, randomBytes, (at, a, b) => {
        expect(formatId('msg', at, a) === formatId('msg', at, b)).toBe(Buffer.compare(a, b) === 0);
      }),
    );
  });

  it('formatId refuses fewer than ten random bytes', () => {
    expect(() => formatId('msg', 0, new Uint8Array(9))).toThrow(RangeError);
  });
});
