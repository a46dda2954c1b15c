import { durableOf, SmsReceived } from '@parley/contracts';
import { formatId } from '@parley/kernel';
import { type SentStatement, StatementPlans, statementsOf } from '@parley/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { Database } from './database/database.js';
import { DuePoll } from './due-poll.js';
import { DeadLetters } from './inbox/dead-letters.js';
import { Inbox } from './inbox/inbox.js';
import { inboxMissingResponder } from './inbox/inbox-missing.responder.js';
import { PurgeInbox } from './jobs/purge-inbox.js';
import { PurgeOutbox } from './jobs/purge-outbox.js';
import { OutboxRows } from './outbox/outbox-rows.js';
import { PartitionLeases } from './outbox/partition-leases.js';
import { SettlementRows } from './outbox/settlement-rows.js';
import { persistenceTimes } from './persistence-times.js';
import { migrate } from './schema/migrate.js';
import { keys, newService } from './testing/stack.js';
import { Transactions } from './database/transactions.js';
import { postgres, withPostgres } from './testing/servers.js';

/** A million rows give the same plans and counts, but take a minute longer. */
const ROWS = Number(process.env['PARLEY_PLAN_ROWS'] ?? 100_000);
/** A purge reads a batch of this size; every other statement reads far less. */
const BATCH_ROWS = 1_000;
const consumer = durableOf(SmsReceived, 'agent-orchestrator');
const partitions = Array.from({ length: 16 }, (_, partition) => partition);

let database: Database;
let plans: StatementPlans;

withPostgres();
beforeAll(async () => {
  const service = await newService(postgres);
  await migrate(service);
  database = new Database(service);
  await database.connect();
  plans = await StatementPlans.open(service.adminUrl, service.schema);
  await fill();
});
afterAll(async () => {
  await plans.close();
  await database.close();
});

const eventId = (n: number) =>
  formatId('evt', Date.now() - 3_600_000, new Uint8Array(10)).slice(0, -8) + String(n).padStart(8, '0');

/** Writes a day of messages, nearly all of them settled. */
async function fill(): Promise<void> {
  await plans.run(
    `INSERT INTO outbox (event_id, partition, ordering_key, subject, headers, payload, created_at, published_at)
     SELECT $2 || lpad(n::text, 8, '0'), n % 16, 'thr_' || n % 1000,
            CASE WHEN n % 2 = 0 THEN 'evt.message.queued.v1.k' ELSE 'int.sms.received.v1.k' END,
            '{"ce-type": "int.sms.received.v1"}', '\\x00', at, CASE WHEN n <= $1::int - 50 THEN at END
     FROM generate_series(1, $1::int) AS n, LATERAL (SELECT clock_timestamp() - interval '1 hour' AS at) AS time`,
    [ROWS, eventId(0).slice(0, -8)],
  );
  await plans.run(
    `INSERT INTO outbox_settlement (outbox_id, partition, kind, stream_created, stream_sequence, due_at)
     SELECT id, partition, 'int', 'c', id, clock_timestamp() + (id % 100 - 20) * interval '1 second'
     FROM outbox WHERE id % 2 = 1 AND id <= $1`,
    [ROWS - 50],
  );
  await plans.run(
    `INSERT INTO inbox (consumer, event_id, state)
     SELECT $3, $2 || lpad(n::text, 8, '0'), 'done' FROM generate_series(1, $1::int) AS n`,
    [ROWS, eventId(0).slice(0, -8), consumer],
  );
  await plans.run('VACUUM (ANALYZE) outbox, outbox_settlement, inbox');
}

async function pollOnce(): Promise<void> {
  const times = { ...persistenceTimes, pollMs: 3_600_000, pollIdleMs: 3_600_000 };
  const poll = new DuePoll(database, times);
  const rows = new OutboxRows(database, times);
  const filter = { partitions, exceptIds: ['1'], exceptKeys: ['k'], exceptKinds: ['cmd'] };
  const sources = [
    () => rows.pendingSince(filter),
    () => new PartitionLeases(database, times).freeAt(),
    () => new SettlementRows(database, times).dueAt(partitions),
  ];
  const loops = sources.map((dueAt) => poll.loop({ name: 'test', dueAt, step: async () => undefined }));
  for (const loop of loops) loop.start();
  for (const loop of loops) await loop.stop();
}

/** Collects the statements that are sent by the loops, by the purges and when a message is handled. */
async function allStatements(): Promise<SentStatement[]> {
  const filter = { partitions: [3, 5], exceptIds: ['1'], exceptKeys: ['k'], exceptKinds: ['cmd'] };
  const outbox = new OutboxRows(database, persistenceTimes);
  const settlement = new SettlementRows(database, persistenceTimes);
  const missing = inboxMissingResponder('sms-gateway') as new (db: Database) => {
    missing(asked: { consumer: string; ids: string[] }): Promise<unknown>;
  };
  return statementsOf(async () => {
    await pollOnce();
    const pending = await outbox.pending(filter, 128);
    expect(pending.length).toBeGreaterThan(0);
    await outbox.markPublished(
      pending.map((row, index) => ({ ...row, streamCreated: 'c', sequence: index })),
    );
    await outbox.markFailed([pending[0]!.id], ['refused']);
    const due = await settlement.due(partitions, BATCH_ROWS);
    expect(due).toHaveLength(BATCH_ROWS);
    await settlement.defer(due.slice(0, 10));
    await settlement.republish(due.slice(0, 10));
    await settlement.settle(due);
    await new PartitionLeases(database, persistenceTimes).refresh();
    const ids = Array.from({ length: BATCH_ROWS }, (_, n) => eventId(n));
    await new missing(database).missing({ consumer, ids });
    await new Transactions(database).run((tx) => new Inbox().onceEach(tx, consumer, ids.slice(0, 20)));
    await new DeadLetters(database, keys).list(50, undefined);
    await new PurgeOutbox(database).run(new AbortController().signal);
    await new PurgeInbox(database).run(new AbortController().signal);
  });
}

describe(`the statements of persistence with ${ROWS} messages`, () => {
  it('no statement of outbox, settlement or inbox reads more rows than a batch of each partition', async () => {
    const statements = await allStatements();
    expect(statements.length).toBeGreaterThan(12);
    // Settlement reads a batch of each partition.
    const limits = { rows: 20 * BATCH_ROWS, blocks: 20 * BATCH_ROWS, shortTables: ['outbox_partition'] };
    for (const statement of statements) expect.soft(await plans.findings(statement, limits)).toEqual([]);
  });

  it('the poll of outbox and settlement reads at most 100 rows', async () => {
    const [poll] = await statementsOf(pollOnce);
    const cost = await plans.costOf(poll!, { generic: true });
    // 16 leases, 16 partitions of settlement, and the rows that wait.
    expect(cost.rows).toBeLessThanOrEqual(100);
    expect(cost.blocks).toBeLessThanOrEqual(150);
  });
});
