import { Problem } from '@parley/service-kit';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseForm } from './form-parser.js';

const text = fc.string({ unit: 'binary' });

describe('the form parser', () => {
  it('the form parser reads every form as it was before encoding', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: 'binary', minLength: 1 }), text, { maxKeys: 40 }),
        (form) => {
          const parsed = parseForm(Buffer.from(new URLSearchParams(form).toString()));
          expect(new Map(Object.entries(parsed))).toEqual(new Map(Object.entries(form)));
        },
      ),
    );
  });

  it.each([
    [
      'case, emoji and right-to-left text',
      'Body=H%C3%A9llo+%F0%9F%91%8B+%D7%A9%D7%9C%D7%95%D7%9D',
      { Body: 'Héllo 👋 שלום' },
    ],
    ['bytes that were not encoded', 'Body=Héllo', { Body: 'Héllo' }],
    ['bracket keys', 'a[b]=1&a[c]=2&d[]=3', { 'a[b]': '1', 'a[c]': '2', 'd[]': '3' }],
    ['names without a value', 'a=&b', { a: '', b: '' }],
    ['a lone percent sign', 'Body=100% sure', { Body: '100% sure' }],
    ['an encoded ampersand and equals sign', 'Body=a%26b%3Dc', { Body: 'a&b=c' }],
    ['an empty body', '', {}],
  ])('the form parser preserves %s', (_, body, form) => {
    expect({ ...parseForm(Buffer.from(body)) }).toEqual(form);
  });

  it('a parsed form has no prototype', () => {
    const form = parseForm(Buffer.from('__proto__=1&constructor=2'));
    expect(Object.getPrototypeOf(form)).toBeNull();
    expect(Object.keys(form)).toEqual(['__proto__', 'constructor']);
  });

  it.each([
    ['an encoded byte that is not UTF-8', Buffer.from('Body=%ff'), 'UTF-8'],
    ['a cut sequence', Buffer.from('Body=%c3&a=b'), 'UTF-8'],
    ['a raw byte that is not UTF-8', Buffer.from([0x61, 0x3d, 0xff]), 'UTF-8'],
    ['a name that is given twice', Buffer.from('Body=1&Body=2'), 'twice'],
    ['a name that is given twice, once encoded', Buffer.from('Body=1&%42ody=2'), 'twice'],
    ['501 pairs', Buffer.from(Array.from({ length: 501 }, (_, index) => `a${index}=1`).join('&')), '500'],
    ['10,000 empty pairs', Buffer.from('&'.repeat(10_000)), '500'],
  ])('the form parser refuses %s', (_, body, reason) => {
    expect(() => parseForm(body)).toThrow(Problem);
    expect(() => parseForm(body)).toThrow(reason);
  });

  it('the form parser reads 500 pairs', () => {
    const body = Array.from({ length: 500 }, (_, index) => `a${index}=1`).join('&');
    expect(Object.keys(parseForm(Buffer.from(body)))).toHaveLength(500);
  });
});
