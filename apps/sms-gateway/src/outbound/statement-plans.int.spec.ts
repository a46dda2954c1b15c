import { DuePoll } from '@parley/persistence';
import { StatementPlans, statementsOf } from '@parley/testing';
import { waitUntil } from '@parley/local-stack';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ReservationStore } from '../api/reservations/reservation-store.js';
import { MissedSmsSearches } from '../inbound/missed/missed-sms-searches.js';
import { fillGateway } from '../testing/fill-gateway.js';
import { RunningGateway } from '../testing/running-gateway.js';
import { AttemptStore } from './delivery/attempt-store.js';
import { FollowUpSends } from './follow-up/follow-up-sends.js';
import { FollowUpStore } from './follow-up/follow-up-store.js';
import { SweepSends } from './follow-up/sweep-sends.js';
import { SendQueue } from './queue/send-queue.js';
import { SendDueSms } from './sending/send-due-sms.js';

/** The plans and counts are the same with a million people, which takes a minute longer. */
const PEOPLE = Number(process.env['PARLEY_PLAN_ROWS'] ?? 50_000);
const limits = {
  rows: 500,
  blocks: 1_500,
  shortTables: [
    'line',
    'api_key',
    'outbox_partition',
    'outbox',
    'outbox_settlement',
    'inbox',
    'early_message',
  ],
};
/** The limits of a statement that reads some hours by age: high, because a BRIN index finds only ranges of 128 blocks. */
const limitsByAge = { rows: 10_000, blocks: 2_000 };
const QUARTER_HOUR_MS = 900_000;

let gateway: RunningGateway;
let plans: StatementPlans;

beforeAll(async () => {
  gateway = await RunningGateway.start();
  for (const loop of [SendDueSms, SweepSends, FollowUpSends]) {
    await gateway.stopLoop(loop);
  }
  plans = await StatementPlans.open(await gateway.postgres.createDatabase('parley'), 'gateway');
  await fillGateway(plans, PEOPLE);
}, 120_000 + PEOPLE);
afterAll(async () => {
  await plans.close();
  await gateway.stop();
});

/** Runs the queries and claims of each loop, and the statements for one text and one report, with the real code. */
async function work(): Promise<void> {
  const sends = gateway.get(SendQueue);
  const followUps = gateway.get(FollowUpStore);
  // Decrypting the claimed rows fails, since their texts were never encrypted.
  const refused = () => undefined;
  await pollOnce(gateway.get(DuePoll), sends, followUps);
  await sends.claimDue(10, 20_000).catch(refused);
  await followUps.overdue(30_000, 10);
  await sends.threadsWithGap(120_000, 10);
  await followUps.claim(10, 60_000).catch(refused);
  await followUps.claimUnreported(20, QUARTER_HOUR_MS, 16 * QUARTER_HOUR_MS);
  await gateway.get(MissedSmsSearches).claim(30_000, 15_000);
  await gateway.get(ReservationStore).purge(new Date(Date.now() - 7 * 24 * 3_600_000), 100);
  await gateway.inTransaction(async (tx) => {
    const [attempt] = await gateway.get(AttemptStore).lock(tx, [{ providerSid: 'SO77' }]);
    await gateway.get(AttemptStore).save(tx, [{ attempt: attempt! }]);
  });
  const { threadId } = await gateway.someThread();
  await gateway.command(threadId, 'Hello');
  await gateway.eventually('the send', 'SELECT 1 FROM send WHERE thread_id = $1', [threadId]);
}

async function pollOnce(poll: DuePoll, sends: SendQueue, followUps: FollowUpStore): Promise<void> {
  const found = new Set<string>();
  const dues = {
    sends: () => sends.dueAt(),
    sweeps: () => followUps.sweepDueAt(30_000, 120_000),
    followUps: () => followUps.dueAt(),
  };
  const loops = Object.entries(dues).map(([name, dueAt]) =>
    poll.loop({ name, dueAt, step: async () => void found.add(name) }),
  );
  for (const loop of loops) loop.start();
  await waitUntil('all to be found due', () => found.size === loops.length, { timeoutMs: 20_000 });
  for (const loop of loops) await loop.stop();
}

it(
  `no statement of the gateway reads more rows than its limit in tables of ${PEOPLE} people`,
  { timeout: 120_000 + PEOPLE },
  async () => {
    const statements = (await statementsOf(work)).filter(
      ({ text }) => !text.startsWith('SELECT 1 FROM send WHERE thread_id'),
    );
    expect(statements.length).toBeGreaterThan(10);
    for (const statement of statements) {
      const isByAge = statement.text.includes('WITH unreported');
      const found = await plans.findings(statement, isByAge ? { ...limits, ...limitsByAge } : limits);
      expect.soft(found).toEqual([]);
    }
  },
);
