import { newId } from '@parley/service-kit';
import { StatementPlans, statementsOf } from '@parley/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type RunningVerification,
  somebody,
  VerificationTestbed,
  wrong,
} from '../testing/running-verification.js';
import { CancelVerification } from './cancel-verification.js';
import { PurgeVerifications } from './purge-verifications.js';
import { VerificationStore } from './verification-store.js';

const PAST = Number(process.env['PARLEY_PLAN_ROWS'] ?? 50_000);
const PENDING = 100;
/** A purge deletes up to 500 rows with one statement. */
const limits = {
  rows: 2_600,
  blocks: 3_000,
  shortTables: ['outbox', 'outbox_partition', 'outbox_settlement', 'inbox'],
};

let testbed: VerificationTestbed;
let verification: RunningVerification;
let plans: StatementPlans;

beforeAll(async () => {
  testbed = await VerificationTestbed.start();
  verification = await testbed.run();
  plans = await StatementPlans.open(testbed.adminUrl, 'verification');
  await fill();
}, 120_000);
afterAll(async () => {
  await plans.close();
  await testbed.stop();
});

/** Fills every table that grows: old rows, of which a purge finds more than it deletes at once, and pending verifications. */
async function fill(): Promise<void> {
  const rowsOf = `generate_series(1, ${PAST + PENDING}) AS n,
    LATERAL (SELECT clock_timestamp() - (CASE WHEN n % 50 = 0 THEN 30 ELSE 0 END) * interval '1 day' AS at, n > ${PAST} AS is_pending) AS made`;
  await plans.run(`
    INSERT INTO verification (id, status, purpose, subject_kind, subject_id, sealed_number, number_index, channel,
      code_no, code_index, code_expires_at, created_at, ended_at)
    SELECT 'ver_' || n, CASE WHEN is_pending THEN 'pending' ELSE 'expired' END, 'link', 'api', 'user-' || n, 'sealed',
      'index-' || n, 'sms', 1, CASE WHEN is_pending THEN 'digest' END, clock_timestamp() + interval '1 hour', at,
      CASE WHEN NOT is_pending THEN at END
    FROM ${rowsOf}`);
  await plans.run(
    `INSERT INTO answered_request (request_id, outcome, created_at) SELECT 'req_' || n, 'started', at FROM ${rowsOf}`,
  );
  await plans.run(
    `INSERT INTO resend_ladder (number_index, subject_kind, subject_id, touched_at) SELECT 'n' || n, 'api', 's', at FROM ${rowsOf}`,
  );
  await plans.run(
    `INSERT INTO check_count (number_index, subject_kind, subject_id, day, checks) SELECT 'n' || n, 'api', 's', at, 1 FROM ${rowsOf}`,
  );
  await plans.run(
    `INSERT INTO code_count (kind, key, window_name, started_at) SELECT 'number', 'k' || n, 'hour', at FROM ${rowsOf}`,
  );
  await plans.run(`INSERT INTO prefix_conversion (prefix_index, hour) SELECT 'p' || n, at FROM ${rowsOf}`);
  await plans.run(
    'VACUUM (ANALYZE) verification, answered_request, resend_ladder, check_count, code_count, prefix_conversion',
  );
}

/** Everything that happens to verifications, and the background work. */
async function work(): Promise<void> {
  const { id, code } = await verification.started(somebody());
  await verification.check(id, wrong(code));
  await verification.pass(id, 60_000);
  await verification.resend(id);
  await verification.check(id, await verification.code(id));
  await verification.view(id);
  const other = await verification.started(somebody());
  await verification
    .get(CancelVerification)
    .execute({ requestId: newId('req'), id: other.id, subject: { kind: 'web-user', id: 'ada' } });
  await verification.inTransaction((tx) => verification.get(VerificationStore).endExpired(tx, 50));
  await verification.get(PurgeVerifications).run(new AbortController().signal);
}

it(
  `no statement of verification reads more than a few rows among ${PAST} past verifications`,
  { timeout: 120_000 },
  async () => {
    const sent = await statementsOf(work);
    const { sql, values } = verification.get(VerificationStore).expiryDueAt();
    const statements = [{ text: sql, values }, ...sent.filter(({ text }) => !text.includes('FROM outbox'))];
    expect(statements.length).toBeGreaterThan(20);
    for (const statement of statements) expect.soft(await plans.findings(statement, limits)).toEqual([]);
  },
);
