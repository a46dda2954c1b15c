import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideAfterAttempt, permitSend, retryDelayMs } from './send-outcome.js';

describe('after an attempt', () => {
  it.each([
    { kind: 'accepted', providerSid: 'SM1', providerStatus: 'queued' },
    { kind: 'unknown', detail: 'HTTP 500' },
  ] as const)('a send attempt with the result $kind is not repeated', (result) => {
    expect(decideAfterAttempt(result, 1, 0)).toEqual(result);
  });

  it.each(['21610', '21211', '20005', 'http-404'])(
    'a send attempt that Twilio refused with error %s is rejected',
    (errorCode) => {
      expect(decideAfterAttempt({ kind: 'refused', errorCode }, 1, 0)).toEqual({
        kind: 'rejected',
        errorCode,
      });
    },
  );

  it('a send attempt that was not processed is repeated after Retry-After', () => {
    expect(decideAfterAttempt({ kind: 'not-processed', retryAfterMs: 3_000 }, 1, 0)).toEqual({
      kind: 'retry',
      delayMs: 3_500,
    });
  });

  it('a send attempt that was not processed is repeated, even after a million attempts', () => {
    for (const attempt of [1, 10, 1_000, 1_000_000])
      expect(decideAfterAttempt({ kind: 'not-processed' }, attempt, 0)).toMatchObject({ kind: 'retry' });
  });

  it('a send attempt that exceeded Twilio’s rate limit is repeated', () => {
    expect(decideAfterAttempt({ kind: 'refused', errorCode: '20429' }, 2, 0)).toEqual({
      kind: 'retry',
      delayMs: 1_000,
      errorCode: '20429',
    });
  });
});

describe('the wait before the next try', () => {
  it('the wait before the next try of a send is never shorter than Retry-After and never longer than eleven minutes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.nat({ max: 600_000 }),
        (attempt, random, retryAfterMs) => {
          const delayMs = retryDelayMs(attempt, random, retryAfterMs);
          expect(delayMs).toBeGreaterThanOrEqual(retryAfterMs + 500);
          expect(delayMs).toBeLessThanOrEqual(660_000);
        },
      ),
    );
  });

  it('the wait before the next try of a send doubles up to a minute', () => {
    expect([1, 2, 3, 7, 50].map((attempt) => retryDelayMs(attempt, 0))).toEqual([
      500, 1_000, 2_000, 30_000, 30_000,
    ]);
  });
});

describe('permission to send', () => {
  it.each([
    [10_000, 0, { kind: 'send', validitySeconds: 10 }],
    [90_000_000, 0, { kind: 'send', validitySeconds: 7_200 }],
    [999, 0, { kind: 'reject', reason: 'expired' }],
    [0, 5_000, { kind: 'reject', reason: 'expired' }],
  ])(
    'for a text that is valid until %i ms, permitSend at %i ms returns %j',
    (validUntilMs, nowMs, permission) => {
      const request = { validUntilMs, consent: 'given', isOptOutConfirmation: false } as const;
      expect(permitSend(request, nowMs)).toEqual(permission);
    },
  );

  it('a person who opted out may be sent only the confirmation of the opt-out', () => {
    const request = { validUntilMs: 60_000, consent: 'opted-out' } as const;
    expect(permitSend({ ...request, isOptOutConfirmation: false }, 0)).toEqual({
      kind: 'reject',
      reason: 'opted-out',
    });
    expect(permitSend({ ...request, isOptOutConfirmation: true }, 0)).toMatchObject({ kind: 'send' });
  });
});
