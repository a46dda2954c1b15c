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
  '[V-12] in a call (%s, attestation %s) with an agent of callerIdTrust %s, the prompt may contain the history: %s',
  (direction, attestation, trust, sees) => {
    expect(seesHistory({ direction, attestation }, trust)).toBe(sees);
  },
);
