import type { E164 } from '@parley/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { callingCodeOf, isCallingCode, prefixOf } from './calling-codes.js';
import { decideNumber, lineTypeOf } from './number-policy.js';
import { defaultVerificationPolicy as policy } from './verification-policy.js';

const number = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.stringMatching(/^\d{6,14}$/))
  .map(([first, rest]) => `+${first}${rest}` as E164);

describe('calling codes', () => {
  it.each([
    ['+15550100001', '1'],
    ['+79991234567', '7'],
    ['+447700900123', '44'],
    ['+4915112345678', '49'],
    ['+380501234567', '380'],
    ['+35312345678', '353'],
    ['+8613912345678', '86'],
    ['+85212345678', '852'],
    ['+2348012345678', '234'],
    ['+27821234567', '27'],
  ])('the calling code of %s is %s', (text, code) => {
    expect(callingCodeOf(text as E164)).toBe(code);
  });

  it.each([
    ['1', true],
    ['44', true],
    ['380', true],
    ['4', false],
    ['12', false],
    ['441', false],
    ['38', false],
    ['0', false],
    ['', false],
    ['+1', false],
    ['1000', false],
  ])('%j is a calling code: %s', (text, isOne) => {
    expect(isCallingCode(text)).toBe(isOne);
  });

  it('every number begins with its calling code, which is one', () => {
    fc.assert(
      fc.property(number, (any) => {
        const code = callingCodeOf(any);
        expect(any.startsWith(`+${code}`)).toBe(true);
        expect(isCallingCode(code)).toBe(true);
      }),
    );
  });

  it('the prefix of a number leaves out its last four digits, and never its calling code', () => {
    expect(prefixOf('+15550100001' as E164)).toBe('+1555010');
    fc.assert(
      fc.property(number, (any) => {
        const prefix = prefixOf(any);
        expect(any.startsWith(prefix)).toBe(true);
        expect(prefix.startsWith(`+${callingCodeOf(any)}`)).toBe(true);
        if (any.length >= 9) expect(any.length - prefix.length).toBe(4);
      }),
    );
  });
});

describe('decideNumber', () => {
  it('a mobile number is refused exactly if it is outside the allowed countries', () => {
    fc.assert(
      fc.property(number, (any) => {
        const isAllowed = decideNumber(any, 'mobile', policy).kind === 'allow';
        expect(isAllowed).toBe(any.startsWith('+1'));
      }),
    );
  });

  it.each([
    ['+19005550100', 'premium'],
    ['+18005550100', 'toll-free'],
    ['+18885550100', 'toll-free'],
    ['+15550100001', 'mobile-or-landline'],
    ['+979123456789', 'premium'],
    ['+881612345678', 'satellite'],
    ['+447700900123', 'unknown'],
  ])('the line type of %s is %s', (text, lineType) => {
    expect(lineTypeOf(text as E164)).toBe(lineType);
  });

  it.each(['premium', 'toll-free', 'satellite', 'voip', 'landline'] as const)(
    'a %s number is refused by default',
    (lineType) => {
      expect(decideNumber('+15550100001' as E164, lineType, policy)).toEqual({
        kind: 'refuse',
        reason: 'line-type-not-allowed',
      });
    },
  );
});
