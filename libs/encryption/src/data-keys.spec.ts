import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { DataKeys, DecryptionFailedError, InvalidDataKeysError, UnknownDataKeyError } from './index.js';

const material = () => randomBytes(32).toString('base64');
const anyText = fc.string({ unit: 'binary', maxLength: 400 });

const oldKey = `k1:${material()}`;
const newKey = `k2:${material()}`;
const before = DataKeys.parse(oldKey);
const during = DataKeys.parse(`${newKey},${oldKey}`);
const after = DataKeys.parse(newKey);

describe('encrypting a text', () => {
  it('data keys decrypt what they encrypted, with the same associated data', () => {
    fc.assert(
      fc.property(anyText, anyText, (plain, aad) => {
        const sealed = before.encrypt(plain, aad);
        expect(sealed).toMatch(/^e1\.k1\.[A-Za-z0-9_-]+$/);
        expect(before.decrypt(sealed, aad)).toBe(plain);
      }),
    );
  });

  it('data keys encrypt the same text to another value each time', () => {
    expect(before.encrypt('+15550100001', 'a')).not.toBe(before.encrypt('+15550100001', 'a'));
  });

  it('data keys refuse to decrypt a value with a changed character', () => {
    fc.assert(
      fc.property(
        anyText,
        fc.nat(),
        fc.constantFrom('A', 'Z', 'a', 'z', '0', '9', '-', '_', '.'),
        (plain, position, replacement) => {
          const sealed = before.encrypt(plain, 'aad');
          const at = 'e1.k1.'.length + (position % (sealed.length - 'e1.k1.'.length));
          fc.pre(sealed[at] !== replacement);
          const changed = sealed.slice(0, at) + replacement + sealed.slice(at + 1);
          expect(() => before.decrypt(changed, 'aad')).toThrow(DecryptionFailedError);
        },
      ),
    );
  });

  it.each([
    ['an empty value', ''],
    ['plain text', 'text'],
    ['a value without ciphertext', 'e1.k1.'],
    ['less than an IV and a tag', 'e1.k1.AAAA'],
    ['another version', 'e2.k1.AAAA'],
    ['a cut value', before.encrypt('text', 'aad').slice(0, -4)],
    ['a padded value', `${before.encrypt('text', 'aad')}=`],
  ])('data keys refuse to decrypt %s', (_, broken) => {
    expect(() => before.decrypt(broken, 'aad')).toThrow(DecryptionFailedError);
  });

  it('data keys refuse to decrypt a value with other associated data', () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, (plain, aad, otherAad) => {
        fc.pre(aad !== otherAad);
        expect(() => before.decrypt(before.encrypt(plain, aad), otherAad)).toThrow(DecryptionFailedError);
      }),
    );
  });

  it('the error for a value of an unknown data key names that key', () => {
    const sealed = before.encrypt('text', 'aad');
    expect(() => after.decrypt(sealed, 'aad')).toThrow(new UnknownDataKeyError('k1'));
  });

  it('data keys refuse a value that was encrypted with another key of the same id', () => {
    const sealed = DataKeys.parse(`k1:${material()}`).encrypt('text', 'aad');
    expect(() => before.decrypt(sealed, 'aad')).toThrow(DecryptionFailedError);
  });
});

describe('rotating a key', () => {
  it('data keys encrypt with the first key and still decrypt values of the older key', () => {
    expect(during.encrypt('new', 'aad')).toMatch(/^e1\.k2\./);
    expect(during.decrypt(before.encrypt('old', 'aad'), 'aad')).toBe('old');
    expect(after.decrypt(during.encrypt('new', 'aad'), 'aad')).toBe('new');
  });

  it('data keys index a value under every key, beginning with the first', () => {
    const indexes = during.blindIndexes('+15550100001', 'phone');
    expect(indexes).toEqual([
      after.blindIndex('+15550100001', 'phone'),
      before.blindIndex('+15550100001', 'phone'),
    ]);
    expect(during.blindIndex('+15550100001', 'phone')).toBe(indexes[0]);
  });
});

describe('the blind index', () => {
  it('two blind indexes are equal only for equal values and the same purpose', () => {
    fc.assert(
      fc.property(anyText, anyText, (one, other) => {
        expect(before.blindIndex(one, 'p') === before.blindIndex(other, 'p')).toBe(one === other);
        expect(before.blindIndex(one, 'p')).not.toBe(before.blindIndex(one, 'q'));
      }),
    );
  });

  it('the blind index is an RFC 5869 derivation, so that another program can compute it', () => {
    const keys = DataKeys.parse(`k1:${Buffer.alloc(32, 7).toString('base64')}`);
    expect(keys.blindIndex('+15550100001', 'phone')).toBe('k1.iwGaC-Pv4A-PJ1OCoK13MjUyf0XrQT6LrwOqayAFp0M');
  });

  it('the blind index refuses more than 64 purposes', () => {
    const keys = DataKeys.parse(oldKey);
    expect(() => Array.from({ length: 65 }, (_, index) => keys.blindIndex('v', `p${index}`))).toThrow(
      RangeError,
    );
  });
});

describe('parsing the keys', () => {
  it.each([
    ['', 'data key 1 is not "<id>:<base64 of 32 bytes>"'],
    ['k1', 'data key 1 is not "<id>:<base64 of 32 bytes>"'],
    [`${oldKey},`, 'data key 2 is not "<id>:<base64 of 32 bytes>"'],
    [`:${material()}`, 'the id of data key 1 must be 1 to 32 letters, digits, "_" or "-"'],
    [`a.b:${material()}`, 'the id of data key 1 must be 1 to 32 letters, digits, "_" or "-"'],
    [`${oldKey},k1:${material()}`, 'data key id "k1" is given twice'],
    [`${oldKey},k2${oldKey.slice(2)}`, 'data keys "k1" and "k2" are the same key'],
    [`k1:${randomBytes(16).toString('base64')}`, 'data key "k1" has 16 bytes instead of 32'],
    [`k1:${randomBytes(33).toString('base64')}`, 'data key "k1" has 33 bytes instead of 32'],
    [`k1:${randomBytes(32).toString('hex')}`, 'data key "k1" has 48 bytes instead of 32'],
    ['k1:not base64', 'data key "k1" is not valid base64'],
    [`k1:${material()}!`, 'data key "k1" is not valid base64'],
  ])('the parser of data keys refuses %j', (spec, message) => {
    expect(() => DataKeys.parse(spec)).toThrow(new InvalidDataKeysError(message));
  });

  it('the parser of data keys accepts spaces around the commas', () => {
    expect(DataKeys.parse(` ${newKey} , ${oldKey} `).encrypt('text', 'aad')).toMatch(/^e1\.k2\./);
  });

  it('data keys show no key material when printed', () => {
    const shown = inspect(before, { depth: 9, showHidden: true });
    expect(shown).not.toContain(oldKey.slice(3));
    expect(JSON.stringify(before)).toBe('{}');
  });
});
