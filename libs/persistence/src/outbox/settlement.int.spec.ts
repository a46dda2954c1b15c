import { jetstreamManager } from '@nats-io/jetstream';
import { durableOf, inboxMissingRequests, MessageReceived, SmsReceived } from '@parley/contracts';
import { waitUntil } from '@parley/local-stack';
import { RpcClient } from '@parley/messaging';
import { beforeEach, describe, expect, it } from 'vitest';

import type { Database } from '../database/database.js';
import { consumingService } from '../testing/consuming-service.js';
import { untilAllPublished, newThread, replica, testTimes, upTo } from '../testing/outbox-writer.js';
import { connectedService, linkTo } from '../testing/stack.js';
import { sequencesOf, storedMessages } from '../testing/stored-messages.js';
import { WatchedPublisher } from '../testing/watched-publisher.js';
import { nats, postgres, withNats, withPostgres } from '../testing/servers.js';

const DURABLE = durableOf(SmsReceived, 'agent-orchestrator');
/** Make settlement ask soon and often. */
const times = { ...testTimes, settleAfterMs: 100, settleRetryMaxMs: 400, settleGatherMs: 50 };

withPostgres();
withNats();
beforeEach(async () => {
  await nats.wipe();
  await nats.start();
});

async function given(around?: WatchedPublisher['around']) {
  const service = await connectedService(postgres);
  const { link, publisher } = linkTo(nats);
  const process = { link, publisher: around ? new WatchedPublisher(link, around) : publisher };
  await process.link.whenConnected();
  const consumer = await consumingService(postgres, nats);
  return {
    ...service,
    process,
    consumer,
    manager: async () => jetstreamManager(await process.link.whenConnected()),
    ...replica(service.service, service.database, process, times),
  };
}

const untilAllSettled = (database: Database) =>
  waitUntil('every message to be settled', async () => {
    const sql = 'SELECT FROM outbox WHERE published_at IS NULL UNION ALL SELECT FROM outbox_settlement';
    return (await database.rows(sql)).length === 0;
  });

/** Resolves when settlement has asked the consumers of the only message once more and found that it is not lost. */
async function askedOnceMore(database: Database): Promise<void> {
  const due = async () =>
    (await database.rows<{ due: string }>('SELECT due_at::text AS due FROM outbox_settlement'))[0]?.due;
  const before = await due();
  await waitUntil('the consumers to be asked again', async () => (await due()) !== before);
}

const republishedCounts = async (database: Database) =>
  (await database.rows<{ republished: number }>('SELECT republished FROM outbox ORDER BY id')).map(
    ({ republished }) => republished,
  );

describe('settlement', () => {
  it('after JetStream was wiped, each message is handled once, in the order of its key', async () => {
    const { database, relay, receive, consumer } = await given();
    const threads = upTo(5).map(() => newThread());
    const writeAll = async (texts: number): Promise<void> => {
      for (const thread of threads) for (let i = 0; i < texts; i++) await receive(thread);
    };
    relay.start();
    const stopFirst = await consumer.start();
    await writeAll(3);
    await waitUntil(
      'the first texts to be taken in',
      async () => (await consumer.database.rows('SELECT 1 FROM note')).length === 15,
    );
    await stopFirst();
    await writeAll(8);
    await untilAllPublished(database);

    await nats.wipe();
    await nats.start();
    await consumer.start();

    await untilAllSettled(database);
    for (const thread of threads) expect(await consumer.taken(thread)).toEqual(upTo(11));
    expect((await republishedCounts(database)).filter((count) => count > 0)).toHaveLength(40);
  });

  it('when JetStream is wiped twice under running processes, each text is still handled once', async () => {
    const { database, relay, receive, consumer } = await given();
    const thread = newThread();
    relay.start();
    await consumer.start();
    const takenIn = async () => (await consumer.taken(thread)).length;
    let written = 0;
    const wiping = new AbortController();
    const writing = (async () => {
      while (!wiping.signal.aborted) {
        written = await receive(thread);
        await waitUntil('room', async () => wiping.signal.aborted || written - (await takenIn()) < 50);
      }
    })();
    for (let wipes = 0; wipes < 2; wipes++) {
      const before = await takenIn();
      await waitUntil('texts to be taken in', async () => (await takenIn()) > before + 20);
      await nats.wipe();
      await nats.start();
    }
    wiping.abort();
    await writing;
    await untilAllSettled(database);
    expect((await consumer.taken(thread)).toSorted((a, b) => a - b)).toEqual(upTo(written));
  });

  it('settlement publishes all lost messages of a stream again, the oldest first, as soon as one of them is due', async () => {
    const { database, relay, receive, consumer } = await given();
    const thread = newThread();
    relay.start();
    await receive(thread);
    await untilAllPublished(database);
    await database.rows("UPDATE outbox_settlement SET due_at = clock_timestamp() + interval '1 hour'");
    await receive(thread);
    await untilAllPublished(database);
    await nats.wipe();
    await nats.start();
    await consumer.start();
    await untilAllSettled(database);
    expect(await consumer.taken(thread)).toEqual([1, 2]);
  });

  it('settlement publishes lost messages before newer messages of their key that are not published yet', async () => {
    let letGo!: () => void;
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    const { database, relay, transactions, add, consumer, manager, process } = await given(
      async (threadSeq, publish) => {
        if (threadSeq === 3) await gate;
        return publish();
      },
    );
    const thread = newThread();
    const write = (...seqs: number[]) =>
      transactions.run(async (tx) => {
        for (const seq of seqs) await add(tx, thread, seq);
      });
    relay.start();
    await write(1, 2);
    await untilAllPublished(database);
    await (await manager()).streams.purge('INT');
    await write(3, 4);
    await consumer.start();
    await waitUntil(
      'the first two to be found lost',
      async () => (await republishedCounts(database)).join() === '1,1,0,0',
    );
    letGo();
    await untilAllSettled(database);
    expect(sequencesOf(await storedMessages(process.link, 'int'), thread)).toEqual([3, 1, 2, 4]);
  });

  it('settlement publishes messages again that were purged from their stream', async () => {
    const { database, relay, receive, consumer, manager } = await given();
    const thread = newThread();
    relay.start();
    for (let i = 0; i < 3; i++) await receive(thread);
    await untilAllPublished(database);
    await (await manager()).streams.purge('INT');
    await consumer.start();
    await untilAllSettled(database);
    expect(await consumer.taken(thread)).toEqual([1, 2, 3]);
    expect(await republishedCounts(database)).toEqual([1, 1, 1]);
  });

  it('settlement publishes messages again that their stream lost when its server lost power', async () => {
    const { database, relay, receive, consumer } = await given();
    const thread = newThread();
    relay.start();
    const stopFirst = await consumer.start();
    await receive(thread);
    await untilAllSettled(database);
    await stopFirst();
    const losePower = await nats.copyStore();
    for (let i = 0; i < 3; i++) await receive(thread);
    await untilAllPublished(database);

    await losePower();
    await nats.start();
    await consumer.start();

    await untilAllSettled(database);
    expect(await consumer.taken(thread)).toEqual([1, 2, 3, 4]);
    expect(await republishedCounts(database)).toEqual([0, 1, 1, 1]);
  });

  it('settlement publishes a message again that its consumer acknowledged without handling it', async () => {
    const { database, relay, receive, consumer } = await given();
    let lostCommits = 1;
    consumer.handleWith(async (_sms, _context, takeIn) => {
      if (lostCommits-- > 0) return;
      await takeIn();
    });
    relay.start();
    await consumer.start();
    const thread = newThread();
    await receive(thread);
    await untilAllSettled(database);
    expect(await consumer.taken(thread)).toEqual([1]);
    expect(await republishedCounts(database)).toEqual([1]);
  });

  it('settlement does not publish a message again while its handler runs', async () => {
    const { database, relay, receive, consumer, process } = await given();
    let letGo!: () => void;
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    let isHeld = false;
    consumer.handleWith(async (_sms, _context, takeIn) => {
      isHeld = true;
      await gate;
      await takeIn();
    });
    relay.start();
    await consumer.start();
    const thread = newThread();
    await receive(thread);
    await waitUntil('the handler to begin', () => isHeld);
    for (let asked = 0; asked < 3; asked++) await askedOnceMore(database);
    expect(await storedMessages(process.link, 'int')).toHaveLength(1);
    letGo();
    await untilAllSettled(database);
    expect(await republishedCounts(database)).toEqual([0]);
  });

  it('settlement publishes nothing again while the consuming service does not answer', async () => {
    const { database, relay, receive, consumer } = await given();
    const thread = newThread();
    relay.start();
    await receive(thread);
    await untilAllPublished(database);
    await nats.wipe();
    await nats.start();
    await askedOnceMore(database);
    expect(await republishedCounts(database)).toEqual([0]);
    await consumer.start();
    await untilAllSettled(database);
    expect(await consumer.taken(thread)).toEqual([1]);
  });

  it('settlement asks no consumer about events', async () => {
    const { database, relay, transactions, outbox } = await given();
    await transactions.run((tx) =>
      outbox.add(tx, { contract: MessageReceived, data: MessageReceived.example as MessageReceived }),
    );
    relay.start();
    await untilAllPublished(database);
    expect(await database.rows('SELECT FROM outbox_settlement')).toEqual([]);
  });
});

describe('the answer of inbox-missing', () => {
  it('inbox-missing returns the messages that a consumer has neither handled nor stored as dead letters', async () => {
    const { consumer, process } = await given();
    await consumer.start();
    await consumer.database.rows(
      `INSERT INTO inbox (consumer, event_id, state) VALUES
         ($1, 'evt_done', 'done'), ($1, 'evt_dead', 'dead'), ($1, 'evt_failing', 'failing'),
         ('somebody else', 'evt_other', 'done')`,
      [DURABLE],
    );
    const rpc = new RpcClient(process.link);
    const ids = ['evt_done', 'evt_dead', 'evt_failing', 'evt_other', 'evt_new'];
    const { missing } = await waitUntil('an answer', () =>
      rpc
        .request(inboxMissingRequests['agent-orchestrator'], { consumer: DURABLE, ids })
        .catch(() => undefined),
    );
    expect(missing).toEqual(['evt_failing', 'evt_other', 'evt_new']);
    const none = { consumer: DURABLE, ids: [] };
    expect(await rpc.request(inboxMissingRequests['agent-orchestrator'], none)).toEqual({ missing: [] });
  });
});
