import { expect, it } from 'vitest';
import { seesHistory } from './caller-id-trust.js';

it.each([
  ['inbound', 'full', 'attested', true],
  ['inbound', 'partial', 'attested', false],
  ['inbound', 'none', 'attested', false],
  ['inbound', 'failed', 'always', true],
  ['inbound', 'full', 'never', false],
  ['unknown', 'full', 'never', false],
  ['outbound', 'none', 'never', true],
] as const)(
  '[V-12] direction %s, attestation %s and callerIdTrust %s: the prompt of a call contains earlier messages: %s',
  (direction, attestation, trust, sees) => {
    expect(seesHistory({ direction, attestation }, trust)).toBe(sees);
  },
);
