import { describe, expect, it } from 'vitest';
import { meaningOfSendError } from './send-error.js';

describe('a send error', () => {
  it.each([
    ['21608', 'account'],
    ['30034', 'account'],
    ['21610', 'recipient'],
    ['30007', 'carrier'],
  ])('%s concerns the %s', (code, cause) => {
    expect(meaningOfSendError(code)?.cause).toBe(cause);
  });

  it.each(['99999', 'constructor', ''])('%j has no entry', (code) => {
    expect(meaningOfSendError(code)).toBeUndefined();
  });
});
