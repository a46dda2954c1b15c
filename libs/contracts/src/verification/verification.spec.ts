import { describe, expect, it } from 'vitest';
import { VerificationPurpose, VerificationSubject } from './verification.js';

describe('the subject of a verification', () => {
  it.each(['thr_01k9wm3v7hq2b8yjr5xet6c4dn', '15550100001', 'ada@example.org', '+plus'])(
    'the id of a subject may be %s',
    (id) => {
      expect(VerificationSubject.safeParse({ kind: 'api', id }).success).toBe(true);
    },
  );

  it.each(['+15550100001', '+1(555)010-0001', '', 'two words', 'ä', 'x'.repeat(129)])(
    'the id of a subject may not be %j',
    (id) => {
      expect(VerificationSubject.safeParse({ kind: 'phone', id }).success).toBe(false);
    },
  );
});

describe('the purpose of a verification', () => {
  it.each([
    ['link-phone', true],
    ['sign-in2', true],
    ['Link', false],
    ['-link', false],
    ['link phone', false],
  ])('the purpose %j is accepted: %s', (purpose, isAccepted) => {
    expect(VerificationPurpose.safeParse(purpose).success).toBe(isAccepted);
  });
});
