import type { Mutation } from '../mutation.js';

const CHECK = 'apps/verification/src/verifications/adapters/check-statement.ts';
const DIGESTS = 'apps/verification/src/verifications/adapters/code-digests.ts';
const PERMIT = 'apps/verification/src/verifications/permit-code.ts';
const POLICY = 'libs/core/verification-policy/src';
const STEP = 'libs/core/sms-policy/src/delivery/step-delivery.ts';
const STEP_SPEC = 'libs/core/sms-policy/src/delivery/step-delivery.spec.ts';
const CHECK_SPEC = 'apps/verification/src/verifications/check-code.int.spec.ts';
const SEND_SPEC = 'apps/verification/src/verifications/send-codes.int.spec.ts';
const DECIDE_SPEC = `${POLICY}/decide-code.spec.ts`;

/** Codes: what they prove, how often they are checked, and how many are sent. */
export const verificationMutations: readonly Mutation[] = [
  {
    name: 'parallel checks of a code share a count',
    file: CHECK,
    from: `purpose = $4
    FOR UPDATE`,
    to: 'purpose = $4',
    specs: [CHECK_SPEC],
  },
  {
    name: 'wrong codes never fail a verification',
    file: CHECK,
    from: "WHEN verification.checks + 1 >= $6::smallint THEN 'failed' ELSE 'pending' END",
    to: "ELSE 'pending' END",
    specs: [CHECK_SPEC],
  },
  {
    name: 'an expired verification is checked',
    file: CHECK,
    from: "status = 'pending' AND code_expires_at > clock_timestamp() AND",
    to: "status = 'pending' AND",
    specs: [CHECK_SPEC],
  },
  {
    name: 'the earlier code never expires',
    file: CHECK,
    from: ' AND verification.earlier_code_expires_at > clock_timestamp()',
    to: '',
    specs: [CHECK_SPEC],
  },
  {
    name: 'a code counts for every purpose',
    file: CHECK,
    from: 'AND subject_id = $3 AND purpose = $4',
    to: 'AND subject_id = $3 AND $4::text IS NOT NULL',
    specs: [CHECK_SPEC],
  },
  {
    name: 'the checks of a day have no limit',
    file: CHECK,
    from: ' WHERE day_count.checks < $7::integer',
    to: ' WHERE $7::integer IS NOT NULL',
    specs: [CHECK_SPEC],
  },
  {
    name: 'the digest of a code does not name its subject',
    file: DIGESTS,
    from: '[id, subject.kind, subject.id, purpose, code]',
    to: '[id, subject.kind, purpose, code]',
    specs: [CHECK_SPEC],
  },
  {
    name: 'the digest of a code does not name its verification',
    file: DIGESTS,
    from: '[id, subject.kind, subject.id, purpose, code]',
    to: '[id.length, subject.kind, subject.id, purpose, code]',
    specs: [CHECK_SPEC],
  },
  {
    name: 'codes under older keys do not count',
    file: DIGESTS,
    from: 'return this.keys.blindIndexes(boundTo(typed), PURPOSE);',
    to: 'return [this.of(typed)];',
    specs: [CHECK_SPEC],
  },
  {
    name: 'codes are not counted',
    file: PERMIT,
    from: '        this.limits.countCode(tx, wanted, nowMs),\n',
    to: '',
    specs: [SEND_SPEC],
  },
  {
    name: 'cancelling shortens the pause before the next code',
    file: PERMIT,
    from: '        this.limits.saveLadder(tx, number, subject, decision.ladder),\n',
    to: '',
    specs: [SEND_SPEC],
  },
  {
    name: 'a limit allows one code too many',
    file: `${POLICY}/send-limits.ts`,
    from: 'if (counts[limit][window] < max) continue;',
    to: 'if (counts[limit][window] <= max) continue;',
    specs: [DECIDE_SPEC],
  },
  {
    name: 'a code is sent before its time',
    file: `${POLICY}/decide-code.ts`,
    from: 'if (nowMs < atMs) return',
    to: 'if (nowMs < 0) return',
    specs: [DECIDE_SPEC],
  },
  {
    name: 'a code is sent again when no list shows it',
    file: STEP,
    from: 'isRetry: attempt.isSentOnce || ',
    to: 'isRetry: ',
    specs: [STEP_SPEC],
  },
  {
    name: 'a code is sent again after a failure',
    file: STEP,
    from: '    attempt.isSentOnce ||\n',
    to: '',
    specs: [STEP_SPEC],
  },
];
