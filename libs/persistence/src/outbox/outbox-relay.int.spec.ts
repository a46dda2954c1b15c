import { randomUUID } from 'node:crypto';

import { waitUntil } from '@parley/local-stack';
import { beforeEach, describe, expect, it } from 'vitest';

import {
  untilAllPublished,
  newThread,
  replica,
  testTimes,
  unpublishedCount,
  upTo,
} from '../testing/outbox-writer.js';
import { clientOf, connectedService, linkTo } from '../testing/stack.js';
import { sequencesOf, storedMessages } from '../testing/stored-messages.js';
import { partitionOf } from './partitions.js';
import { nats, postgres, withNats, withPostgres } from '../testing/servers.js';

withPostgres();
withNats();
beforeEach(async () => {
  await nats.wipe();
  await nats.start();
});

async function given() {
  const service = await connectedService(postgres);
  const process = linkTo(nats);
  await process.link.whenConnected();
  return { ...service, process, ...replica(service.service, service.database, process) };
}

describe('the outbox', () => {
  it('the outbox stores and publishes nothing of a transaction that is rolled back', async () => {
    const { database, transactions, add, receive, relay, process } = await given();
    relay.start();
    const work = transactions.run(async (tx) => {
      await add(tx, newThread(), 1);
      throw new Error('changed my mind');
    });
    await expect(work).rejects.toThrow('changed my mind');
    const thread = newThread();
    await receive(thread);
    await untilAllPublished(database);
    expect(await database.rows('SELECT 1 FROM outbox')).toHaveLength(1);
    expect(await storedMessages(process.link, 'int')).toMatchObject([{ data: { threadId: thread } }]);
  });

  it('the outbox stores neither number nor text in clear', async () => {
    const { database, receive } = await given();
    await receive(newThread(), 'my secret text');
    const [row] = await database.rows<{ payload: Buffer }>('SELECT payload FROM outbox');
    expect(row!.payload.toString()).not.toMatch(/secret text|15550100001/);
  });
});

describe('the relay', () => {
  it('the relays of two replicas publish each key in order while both replicas write', async () => {
    const { database, receive, relay, process, service } = await given();
    const other = replica(service, database, linkTo(nats));
    relay.start();
    other.relay.start();
    const threads = upTo(5).map(() => newThread());
    await Promise.all(
      threads.flatMap((thread) =>
        [receive, other.receive].map(async (write) => {
          for (let i = 0; i < 20; i++) await write(thread);
        }),
      ),
    );
    await untilAllPublished(database);
    const stored = await storedMessages(process.link, 'int');
    expect(stored).toHaveLength(200);
    for (const thread of threads) expect(sequencesOf(stored, thread)).toEqual(upTo(40));
  });

  it('the relay publishes other keys while one key has a backlog', async () => {
    const { database, transactions, add, relay, process } = await given();
    const [busy, quiet] = [newThread(), newThread()];
    await transactions.run(async (tx) => {
      for (const seq of upTo(400)) await add(tx, busy, seq);
      await add(tx, quiet, 1);
    });
    relay.start();
    await untilAllPublished(database);
    const stored = await storedMessages(process.link, 'int');
    expect(sequencesOf(stored, busy)).toEqual(upTo(400));
    expect(stored.findIndex(({ data }) => data['threadId'] === quiet)).toBeLessThan(300);
  });

  it("the relay wakes up after another replica's commit", async () => {
    const { database, receive, relay, service, process } = await given();
    const slowPoll = { ...testTimes, pollMs: 60_000, pollIdleMs: 60_000, leaseMs: 120_000 };
    const holder = replica(service, database, linkTo(nats), slowPoll);
    holder.relay.start();
    await waitUntil('the leases to be taken', async () => {
      return (await database.rows('SELECT 1 FROM outbox_partition WHERE lease_token IS NULL')).length === 0;
    });
    relay.start();
    await waitUntil('the ping to arrive', async () => {
      await receive(newThread());
      return (await storedMessages(process.link, 'int').catch(() => [])).length > 0;
    });
    expect(await storedMessages(process.link, 'int')).not.toEqual([]);
  });

  it("the relay takes over a killed replica's partitions when their leases expire", async () => {
    const { database, receive, relay, adminUrl } = await given();
    await receive(newThread());
    const admin = await clientOf(adminUrl);
    const leases = await admin.query<{ until: string }>(
      `UPDATE noted.outbox_partition SET lease_token = $1, lease_until = clock_timestamp() + interval '1500 ms'
       RETURNING lease_until::text AS until`,
      [randomUUID()],
    );
    relay.start();
    await untilAllPublished(database);
    const [row] = await database.rows<{ wasFree: boolean }>(
      'SELECT published_at > $1::timestamptz AS "wasFree" FROM outbox',
      [leases.rows.map(({ until }) => until).toSorted()[0]],
    );
    expect(row).toEqual({ wasFree: true });
  });

  it('a relay that stops releases its leases, so that another relay publishes at once', async () => {
    const { database, receive, relay, stop, service } = await given();
    relay.start();
    await receive(newThread());
    await untilAllPublished(database);
    await stop();
    const next = replica(service, database, linkTo(nats), { ...testTimes, leaseMs: 60_000 });
    await receive(newThread());
    next.relay.start();
    await untilAllPublished(database);
    expect(await database.rows('SELECT 1 FROM outbox')).toHaveLength(2);
  });

  it('a relay that loses a partition while it publishes stops publishing the partition’s other messages', async () => {
    const { database, transactions, add, relay, process, adminUrl } = await given();
    const thread = newThread();
    const [free] = upTo(100)
      .map(() => newThread())
      .filter((key) => partitionOf(key) !== partitionOf(thread));
    relay.start();
    await transactions.run((tx) => add(tx, free!, 1));
    await untilAllPublished(database);
    globalThis.process.kill(nats.pid, 'SIGSTOP');
    const admin = await clientOf(adminUrl);
    try {
      await transactions.run(async (tx) => {
        for (const seq of upTo(5)) await add(tx, thread, seq);
      });
      // Takes the lease over as another replica would. The relay finds that out at its next renewal.
      await admin.query(
        "UPDATE noted.outbox_partition SET lease_token = $2, lease_until = 'infinity' WHERE partition = $1",
        [partitionOf(thread), randomUUID()],
      );
      const leaseOfFree = async (): Promise<unknown> => {
        const sql = 'SELECT lease_until FROM noted.outbox_partition WHERE partition = $1';
        return (await admin.query(sql, [partitionOf(free!)])).rows[0].lease_until.getTime();
      };
      const before = await leaseOfFree();
      await waitUntil('a renewal', async () => (await leaseOfFree()) !== before);
    } finally {
      globalThis.process.kill(nats.pid, 'SIGCONT');
    }
    await process.link.whenConnected();
    await transactions.run((tx) => add(tx, free!, 2));
    await waitUntil('the other partition to be published', async () => {
      const stored = await storedMessages(process.link, 'int').catch(() => []);
      return sequencesOf(stored, free!).length === 2;
    });
    expect(sequencesOf(await storedMessages(process.link, 'int'), thread).length).toBeLessThanOrEqual(1);
    await admin.query('UPDATE noted.outbox_partition SET lease_until = NULL');
    await untilAllPublished(database);
    expect(sequencesOf(await storedMessages(process.link, 'int'), thread)).toEqual(upTo(5));
  });

  it('the relay publishes every message exactly once after an outage of NATS', async () => {
    const { database, receive, relay, process } = await given();
    relay.start();
    const threads = upTo(3).map(() => newThread());
    const writeAll = async (): Promise<void> => {
      for (const thread of threads) await receive(thread);
    };
    await writeAll();
    await untilAllPublished(database);
    await nats.stop('kill');
    for (let i = 0; i < 10; i++) await writeAll();
    expect(await unpublishedCount(database)).toBe(30);
    await nats.start();
    await untilAllPublished(database);
    const stored = await storedMessages(process.link, 'int');
    expect(stored).toHaveLength(33);
    for (const thread of threads) expect(sequencesOf(stored, thread)).toEqual(upTo(11));
  });

  it('the relay publishes a message again if its mark was lost, and the stream stores the message once', async () => {
    const { database, receive, relay, process } = await given();
    relay.start();
    const thread = newThread();
    await receive(thread);
    await untilAllPublished(database);
    await database.rows('UPDATE outbox SET published_at = NULL');
    await receive(thread);
    await untilAllPublished(database);
    expect(sequencesOf(await storedMessages(process.link, 'int'), thread)).toEqual([1, 2]);
  });

  it('the relay marks a message that its stream refuses for good as failed, and publishes the key’s next message', async () => {
    const { database, receive, relay, process } = await given();
    relay.start();
    const thread = newThread();
    await receive(thread);
    await receive(thread, 'x'.repeat(1_200_000));
    await receive(thread);
    await untilAllPublished(database);
    expect(sequencesOf(await storedMessages(process.link, 'int'), thread)).toEqual([1, 3]);
    const failed = await database.rows<{ failure: string }>(
      'SELECT failure FROM outbox WHERE failed_at IS NOT NULL AND published_at IS NULL',
    );
    expect(failed).toHaveLength(1);
    expect(failed[0]!.failure).toContain('refuses');
  });

  it('the relay does not publish a message that has failed before', async () => {
    const { database, receive, relay, process } = await given();
    const thread = newThread();
    await receive(thread);
    await database.rows(`UPDATE outbox SET failed_at = clock_timestamp(), failure = 'refused'`);
    await receive(thread);
    relay.start();
    await untilAllPublished(database);
    expect(sequencesOf(await storedMessages(process.link, 'int'), thread)).toEqual([2]);
  });

  it('the relay continues after an outage of Postgres', async () => {
    const { database, receive, relay, process } = await given();
    relay.start();
    const thread = newThread();
    await receive(thread);
    await untilAllPublished(database);
    await postgres.stop('immediate');
    await postgres.start();
    await receive(thread);
    await untilAllPublished(database);
    expect(sequencesOf(await storedMessages(process.link, 'int'), thread)).toEqual([1, 2]);
  });
});
