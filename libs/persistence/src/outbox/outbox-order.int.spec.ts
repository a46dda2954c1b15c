import { randomUUID } from 'node:crypto';

import { waitUntil } from '@parley/local-stack';
import { JetStreamPublisher, Topology } from '@parley/messaging';
import { RetryableError } from '@parley/resilience';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { Database } from '../database/database.js';
import { freeze } from '../testing/freeze.js';
import { untilAllPublished, newThread, replica, testTimes, upTo } from '../testing/outbox-writer.js';
import { clientOf, connectedService, linkTo } from '../testing/stack.js';
import { sequencesOf, storedMessages } from '../testing/stored-messages.js';
import { WatchedPublisher } from '../testing/watched-publisher.js';
import { nats, postgres, withNats, withPostgres } from '../testing/servers.js';

withPostgres();
withNats();
beforeEach(async () => {
  await nats.wipe();
  await nats.start();
});

/** A database that runs a callback after rows of the outbox were read. */
class WatchedDatabase extends Database {
  afterPending: () => Promise<void> = async () => undefined;

  override async rows<Row>(sql: string, parameters?: readonly unknown[]): Promise<Row[]> {
    const found = await super.rows<Row>(sql, parameters);
    if (found.some((row) => Object.hasOwn(row as object, 'orderingKey'))) await this.afterPending();
    return found;
  }
}

async function given() {
  const service = await connectedService(postgres);
  const { link } = linkTo(nats);
  await link.whenConnected();
  return { ...service, link };
}

describe('the order of the messages of a key', () => {
  it('an outbox row that the stream refuses at first is published before later rows of its key, and no row is marked before its PubAck', async () => {
    const { service, database, link } = await given();
    const [thread, other] = [newThread(), newThread()];
    const markedOf = async (key: string): Promise<number> =>
      (
        await database.rows('SELECT 1 FROM outbox WHERE ordering_key = $1 AND published_at IS NOT NULL', [
          key,
        ])
      ).length;
    const tried: number[] = [];
    let markedAtThird: number | undefined;
    const publisher = new WatchedPublisher(link, async (threadSeq, publish, threadId) => {
      if (threadId === other) return publish();
      tried.push(threadSeq);
      if (threadSeq === 2 && tried.length === 2) throw new RetryableError('not now');
      const receipt = await publish();
      if (threadSeq === 3) {
        // Marks are written in order: when the other key's mark is written, earlier marks are written too.
        await receive(other);
        await waitUntil("the other key's mark", async () => (await markedOf(other)) === 1);
        markedAtThird = await markedOf(thread);
      }
      return receipt;
    });
    const { transactions, add, receive, relay } = replica(service, database, { link, publisher });
    await transactions.run(async (tx) => {
      for (const seq of upTo(5)) await add(tx, thread, seq);
    });
    relay.start();
    await waitUntil('the third', () => markedAtThird !== undefined);
    await untilAllPublished(database);
    expect(tried).toEqual([1, 2, 2, 3, 4, 5]);
    expect(markedAtThird).toBe(2);
    expect(sequencesOf(await storedMessages(link, 'int'), thread)).toEqual(upTo(5));
  });

  it('the relay publishes the messages of a key in the order of their ids, even if Postgres stores the rows in another order', async () => {
    const { service, database, link, adminUrl } = await given();
    const publisher = new JetStreamPublisher(link, new Topology(1));
    const { transactions, add, relay } = replica(service, database, { link, publisher });
    const thread = newThread();
    await transactions.run(async (tx) => {
      for (const seq of upTo(9)) await add(tx, thread, seq);
    });
    // An update moves a row behind the others, and Postgres scans a small table in the order of storage.
    for (const position of [5, 3, 0]) {
      await database.rows(
        'UPDATE outbox SET headers = headers WHERE id = (SELECT id FROM outbox ORDER BY id OFFSET $1 LIMIT 1)',
        [position],
      );
    }
    await (await clientOf(adminUrl)).query('ANALYZE noted.outbox');
    relay.start();
    await untilAllPublished(database);
    expect(sequencesOf(await storedMessages(link, 'int'), thread)).toEqual(upTo(9));
  });

  it('the relay does not publish rows whose lease expired after it read them', async () => {
    const { link, database: migrated, ...service } = await given();
    const database = new WatchedDatabase(service);
    onTestFinished(() => database.close());
    await database.connect();
    const admin = await clientOf(service.adminUrl);
    let isOthers = false;
    const publishedAsIfHeld: number[] = [];
    const publisher = new WatchedPublisher(link, (threadSeq, publish) => {
      if (isOthers) publishedAsIfHeld.push(threadSeq);
      return publish();
    });
    const times = { ...testTimes, leaseMs: 3_000, leaseRenewMs: 500 };
    const { transactions, add, relay } = replica(service.service, database, { link, publisher }, times);
    let hasThawed = false;
    database.afterPending = async () => {
      if (hasThawed) return;
      const taking = 'UPDATE noted.outbox_partition SET lease_token = $1, lease_until = $2';
      await admin.query(taking, [randomUUID(), 'infinity']);
      isOthers = true;
      freeze(times.leaseMs + 50);
      hasThawed = true;
    };
    const thread = newThread();
    await transactions.run((tx) => add(tx, thread, 1));
    relay.start();
    await waitUntil('the thaw', () => hasThawed);
    expect(publishedAsIfHeld).toEqual([]);
    isOthers = false;
    await admin.query('UPDATE noted.outbox_partition SET lease_until = NULL');
    await untilAllPublished(migrated);
    expect(sequencesOf(await storedMessages(link, 'int'), thread)).toEqual([1]);
  });
});
