import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outcomeOfCheck } from './check-outcome.js';
import { codeText } from './code-text.js';

describe('outcomeOfCheck', () => {
  it('only a counted match of a known verification approves', () => {
    const record = fc.record({
      isKnown: fc.boolean(),
      isCounted: fc.boolean(),
      isMatch: fc.boolean(),
      isDayUsedUp: fc.boolean(),
    });
    fc.assert(
      fc.property(record, (found) => {
        const isApproved = found.isKnown && found.isCounted && found.isMatch;
        expect(outcomeOfCheck(found) === 'approved').toBe(isApproved);
      }),
    );
  });

  it.each([
    [{ isKnown: false, isCounted: true, isMatch: true, isDayUsedUp: true }, 'not-found'],
    [{ isKnown: true, isCounted: true, isMatch: false, isDayUsedUp: false }, 'wrong-code'],
    [{ isKnown: true, isCounted: false, isMatch: true, isDayUsedUp: false }, 'over'],
    [{ isKnown: true, isCounted: false, isMatch: true, isDayUsedUp: true }, 'limited'],
  ] as const)('the outcome of %j is %s', (found, outcome) => {
    expect(outcomeOfCheck(found)).toBe(outcome);
  });
});

describe('the text of a code', () => {
  it('the SMS with a code names the code and how long it is valid', () => {
    expect(codeText('012345', 10, undefined)).toBe(
      'Your verification code is 012345. It is valid for 10 minutes. Do not share it.',
    );
  });

  it('the last line of the SMS binds the code to the domain', () => {
    expect(codeText('012345', 10, 'example.com').split('\n').at(-1)).toBe('@example.com #012345');
  });
});
