import { formatId } from '@parley/kernel';
import { describe, expect, it } from 'vitest';

import type { Database } from '../database/database.js';
import { connectedService } from '../testing/stack.js';
import { PurgeInbox } from './purge-inbox.js';
import { PurgeOutbox } from './purge-outbox.js';
import { postgres, withPostgres } from '../testing/servers.js';

withPostgres();

const HOUR_MS = 3_600_000;
const running = new AbortController().signal;

interface OutboxRow {
  id: string;
  kind?: 'int' | 'evt';
  hours: number;
  state?: 'settled' | 'asked about' | 'pending' | 'failed';
}

/** Inserts rows that were written and published `hours` ago. */
async function writeOutbox(database: Database, ...rows: OutboxRow[]): Promise<void> {
  for (const { id, kind = 'int', hours, state = 'settled' } of rows) {
    await database.rows(
      `WITH written AS (
         INSERT INTO outbox (event_id, partition, ordering_key, subject, headers, payload, created_at, published_at,
                             failed_at)
         SELECT $1, 0, 'k', $2, '{}', '', at, CASE WHEN $4 IN ('settled', 'asked about') THEN at END,
                CASE WHEN $4 = 'failed' THEN at END
         FROM (SELECT clock_timestamp() - $3 * interval '1 hour' AS at) AS time
         RETURNING id
       )
       INSERT INTO outbox_settlement (outbox_id, partition, kind, stream_created, stream_sequence, due_at)
       SELECT id, 0, 'int', '', 1, clock_timestamp() FROM written WHERE $4 = 'asked about'`,
      [id, `${kind}.sms.received.v1.k`, hours, state],
    );
  }
}

const outboxIds = async (database: Database) =>
  (await database.rows<{ event_id: string }>('SELECT event_id FROM outbox ORDER BY id')).map(
    ({ event_id: id }) => id,
  );

describe('the purge of the outbox', () => {
  it('the purge of the outbox deletes settled messages after a day and events after thirty days', async () => {
    const { database } = await connectedService(postgres);
    await writeOutbox(
      database,
      { id: 'event of 31 days', kind: 'evt', hours: 31 * 24 },
      { id: 'event of 29 days', kind: 'evt', hours: 29 * 24 },
      { id: 'settled', hours: 25 },
      { id: 'asked about', hours: 25, state: 'asked about' },
      { id: 'pending', hours: 25, state: 'pending' },
      { id: 'failed', hours: 25, state: 'failed' },
      { id: 'also settled', hours: 25 },
      { id: 'young', hours: 23 },
      { id: 'young event', kind: 'evt', hours: 23 },
    );
    const purge = new PurgeOutbox(database);
    await purge.run(running);
    const kept = ['event of 29 days', 'asked about', 'pending', 'failed', 'young', 'young event'];
    expect(await outboxIds(database)).toEqual(kept);

    await database.rows('DELETE FROM outbox_settlement');
    await purge.run(running);
    expect(await outboxIds(database)).toEqual(kept.filter((id) => id !== 'asked about'));
  });

  it('the purge of the outbox deletes more rows than one batch holds, and skips rows that stay', async () => {
    const { database } = await connectedService(postgres);
    await database.rows(
      `INSERT INTO outbox (event_id, partition, ordering_key, subject, headers, payload, created_at, published_at)
       SELECT 'e' || n, 0, 'k', CASE WHEN n % 3 = 0 THEN 'evt' ELSE 'int' END || '.sms.received.v1.k', '{}', '', at, at
       FROM generate_series(1, 3500) AS n, (SELECT clock_timestamp() - interval '25 hours' AS at) AS time`,
    );
    await writeOutbox(database, { id: 'young', hours: 1 });
    await new PurgeOutbox(database).run(running);
    const left = await database.rows<{ kind: string; count: number }>(
      `SELECT split_part(subject, '.', 1) AS kind, count(*)::int AS count FROM outbox GROUP BY 1 ORDER BY 1`,
    );
    expect(left).toEqual([
      { kind: 'evt', count: 1_166 },
      { kind: 'int', count: 1 },
    ]);
  });

  it('the purge of the outbox deletes nothing once its process stops', async () => {
    const { database } = await connectedService(postgres);
    await writeOutbox(database, { id: 'settled', hours: 25 });
    await new PurgeOutbox(database).run(AbortSignal.abort());
    expect(await outboxIds(database)).toEqual(['settled']);
  });
});

describe('the purge of the inbox', () => {
  it('the purge of the inbox deletes marks after a week, but no dead letters and no recent mark of an old message', async () => {
    const { database } = await connectedService(postgres);
    const take = async (
      consumer: string,
      prefix: 'evt' | 'cmd',
      made: number,
      taken: number,
      state: string,
      payload: string | null = null,
    ) => {
      const id = formatId(prefix, Date.now() - made * HOUR_MS, new Uint8Array(10).fill(255));
      await database.rows(
        `INSERT INTO inbox (consumer, event_id, state, payload, received_at)
         VALUES ($1, $2, $3, $5, clock_timestamp() - $4 * interval '1 hour')`,
        [consumer, id, state, taken, payload],
      );
    };
    const old = 8 * 24;
    await take('a', 'evt', old, old, 'done');
    await take('b', 'cmd', old, old, 'done');
    await take('c', 'evt', old, old, 'failing');
    await take('a', 'evt', old + 1, old, 'dead', 'sealed');
    // A dead letter whose process died during a redrive.
    await take('c', 'cmd', old, old, 'failing', 'sealed');
    await take('b', 'cmd', old + 1, 1, 'done');
    await take('b', 'cmd', 24, 24, 'done');
    await new PurgeInbox(database).run(running);
    const left = await database.rows('SELECT consumer, state FROM inbox ORDER BY consumer, event_id');
    expect(left).toEqual([
      { consumer: 'a', state: 'dead' },
      { consumer: 'b', state: 'done' },
      { consumer: 'b', state: 'done' },
      { consumer: 'c', state: 'failing' },
    ]);
  });

  it('the purge of the inbox deletes more marks than one batch', async () => {
    const { database } = await connectedService(postgres);
    const oldId = formatId('evt', Date.now() - 200 * HOUR_MS, new Uint8Array(10)).slice(0, -4);
    await database.rows(
      `INSERT INTO inbox (consumer, event_id, state, received_at)
       SELECT 'a', $1 || lpad(n::text, 4, '0'), 'done', clock_timestamp() - interval '8 days'
       FROM generate_series(1, 2500) AS n`,
      [oldId],
    );
    await new PurgeInbox(database).run(running);
    expect(await database.rows('SELECT 1 FROM inbox')).toEqual([]);
  });
});
