import { describe, expect, it } from 'vitest';
import { isOptOutError, meaningOfSendError, sendErrors } from './send-error.js';
import { decideAfterAttempt } from './send-outcome.js';
import { isWorthRetry } from './unknown-send.js';

const RETRIED = ['14107', '20429', '21611', '30001', '30003', '30017', '30022'];

describe('a send error', () => {
  it.each([
    ['21608', 'account'],
    ['30034', 'account'],
    ['20003', 'account'],
    ['21610', 'recipient'],
    ['30007', 'carrier'],
  ])('send error %s concerns the %s', (code, cause) => {
    expect(meaningOfSendError(code)?.cause).toBe(cause);
  });

  it.each(['99999', 'constructor', ''])('the code %j is not a known send error', (code) => {
    expect(meaningOfSendError(code)).toBeUndefined();
  });

  it.each(Object.keys(sendErrors))(
    'a text that fails with send error %s is repeated only if another attempt can succeed',
    (errorCode) => {
      const outcome = decideAfterAttempt({ kind: 'refused', errorCode }, 1, 0);
      const isRetried = RETRIED.includes(errorCode);
      expect(outcome.kind).toBe(isRetried || errorCode === '20003' ? 'retry' : 'rejected');
      const failed = { errorCode, validUntilMs: 1_000_000, isRepeated: false, hasUnsentParts: false };
      expect(isWorthRetry(failed, 0, 300_000)).toBe(isRetried);
    },
  );

  it.each([
    ['14107', 30_000],
    ['21611', 60_000],
    ['20003', 60_000],
  ])(
    'a text that is refused with send error %s waits at least %i ms for the next attempt',
    (errorCode, pauseMs) => {
      expect(decideAfterAttempt({ kind: 'refused', errorCode }, 1, 0)).toMatchObject({
        kind: 'retry',
        errorCode,
      });
      const { delayMs } = decideAfterAttempt({ kind: 'refused', errorCode }, 1, 0) as { delayMs: number };
      expect(delayMs).toBeGreaterThan(pauseMs);
    },
  );

  it('only the send errors 21610 and 30646 count as an opt-out from one line', () => {
    expect(Object.keys(sendErrors).filter(isOptOutError)).toEqual(['21610', '30646']);
    expect(isOptOutError(undefined)).toBe(false);
  });
});
