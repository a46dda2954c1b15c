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
  '[V-12] an %s call with attestation %s to an agent with callerIdTrust %s is trusted: %s',
  (direction, attestation, trust, sees) => {
    expect(seesHistory({ direction, attestation }, trust)).toBe(sees);
  },
);
