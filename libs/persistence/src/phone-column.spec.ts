import { DataKeys } from '@parley/encryption';
import type { E164 } from '@parley/kernel';
import { describe, expect, it } from 'vitest';

import { PhoneColumn } from './phone-column.js';

const key = (id: string, fill: number) => `${id}:${Buffer.alloc(32, fill).toString('base64')}`;
const number = '+15550100001' as E164;
const column = (spec: string, name = 'gateway.thread.person') => new PhoneColumn(DataKeys.parse(spec), name);

describe('a phone number column', () => {
  it('a sealed phone number can be opened only in its own row and column', () => {
    const people = column(key('k1', 1));
    const { sealed } = people.seal(number, 'thr_1');
    expect(sealed).not.toContain(number);
    expect(people.open(sealed, 'thr_1')).toBe(number);
    expect(() => people.open(sealed, 'thr_2')).toThrow('changed');
    expect(() => column(key('k1', 1), 'gateway.other.person').open(sealed, 'thr_1')).toThrow('changed');
  });

  it('during a key rotation a phone number is found under the old and the new key', () => {
    const before = column(key('k1', 1)).seal(number, 'thr_1');
    const during = column(`${key('k2', 2)},${key('k1', 1)}`);
    expect(during.indexes(number)).toEqual([during.seal(number, 'thr_2').index, before.index]);
    expect(during.open(before.sealed, 'thr_1')).toBe(number);
  });
});
