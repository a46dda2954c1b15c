import { MessageReceived } from '@parley/contracts';
import type { E164 } from '@parley/kernel';
import { RpcFailure } from '@parley/messaging';
import type { Database } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { describe, expect, it } from 'vitest';
import { givenOrchestrator, someReceipt, someSms } from '../testing/orchestrator.js';
import { PostgresEventLog } from './adapters/postgres-event-log.js';
import { ListEventsResponder } from './list-events.responder.js';
import { withPostgres } from '../testing/servers.js';

withPostgres();

async function given() {
  const { receiveSms, database, transactions } = await givenOrchestrator();
  const responder = new ListEventsResponder(new PostgresEventLog(database, transactions));
  return {
    database,
    list: (question: Partial<Parameters<ListEventsResponder['listEvents']>[0]> = {}) =>
      responder.listEvents({ limit: 50, ...question }),
    text: (from: string, words: string) =>
      receiveSms(someSms({ threadId: newId('thr'), from: from as E164, text: words }), someReceipt()),
  };
}

/** Opens a transaction that writes public events and commits on request. */
async function openTransaction(database: Database) {
  const runner = await database.acquire();
  await runner.query('BEGIN');
  return {
    /** Makes Postgres give the transaction its id. */
    takeNumber: () => runner.query('SELECT pg_current_xact_id()'),
    write: async (eventId: string) => {
      const key = MessageReceived.example.conversationId;
      const headers = { 'ce-id': eventId, 'ce-type': 'evt.message.received.v1', 'ce-subject': key };
      await runner.query(
        `INSERT INTO outbox (event_id, partition, ordering_key, subject, headers, payload)
         VALUES ($1, 0, $2, 'evt.message.received.v1.' || $2, $3, '{}')`,
        [eventId, key, headers],
      );
    },
    commit: async () => {
      await runner.query('COMMIT');
      await runner.release();
    },
  };
}

describe('the event log', () => {
  it('the event log returns the published events in order, and a later read continues after the last page', async () => {
    const { text, list, database } = await given();
    await text('+15550100001', 'one');
    await text('+15550100002', 'two');
    const first = await list({ limit: 3 });
    expect(first).toMatchObject({ hasMore: true, data: [{}, {}, {}] });
    const second = await list({ limit: 3, cursor: first.nextCursor });
    expect(second).toMatchObject({ hasMore: false, data: [{}] });
    const all = [...first.data, ...second.data];
    expect(all.map(({ type }) => type)).toEqual([
      'evt.conversation.created.v1',
      'evt.message.received.v1',
      'evt.conversation.created.v1',
      'evt.message.received.v1',
    ]);
    expect(all[1]).toEqual({
      specversion: '1.0',
      id: expect.stringMatching(/^evt_/),
      source: '/parley/agent-orchestrator',
      type: 'evt.message.received.v1',
      subject: all[1]!.data['conversationId'],
      time: expect.stringMatching(/Z$/),
      datacontenttype: 'application/json',
      conversationsequence: 2,
      data: expect.objectContaining({ text: 'one', seq: 1 }),
    });
    const published = await database.rows<{ id: string }>(
      `SELECT event_id AS id FROM outbox WHERE subject LIKE 'evt.%' ORDER BY id`,
    );
    expect(all.map(({ id }) => id)).toEqual(published.map(({ id }) => id));

    const none = await list({ cursor: second.nextCursor });
    expect(none).toEqual({ data: [], nextCursor: second.nextCursor, hasMore: false });
    await text('+15550100003', 'three');
    expect((await list({ cursor: none.nextCursor })).data).toHaveLength(2);
  });

  it.each([
    { first: 'a', second: 'b', what: 'their first writes and their ids' },
    {
      first: 'b',
      second: 'a',
      what: 'their ids, but in the order of their first writes',
    },
  ] as const)(
    'a reader of the event log misses nothing when transactions commit in another order than $what',
    async ({ first, second }) => {
      const { database, list } = await given();
      const open = { a: await openTransaction(database), b: await openTransaction(database) };
      await open.a.takeNumber();
      await open.b.takeNumber();
      await open[first].write(`evt_${first}`);
      await open[second].write(`evt_${second}`);
      await open.b.commit();
      const between = await list();
      await open.a.commit();
      const after = await list({ cursor: between.nextCursor });
      expect(between.data).toEqual([]);
      expect(after.data.map(({ id }) => id)).toEqual(['evt_a', 'evt_b']);
    },
  );

  it('a reader of the event log misses and repeats nothing while many transactions write', async () => {
    const { text, list, database } = await given();
    let isWriting = true;
    const seen: { id: string; subject: string; conversationsequence?: number | undefined }[] = [];
    const reading = (async () => {
      let cursor: string | undefined;
      for (let isLast = false; !isLast;) {
        isLast = !isWriting;
        let hasMore = true;
        while (hasMore) {
          const page: Awaited<ReturnType<typeof list>> = await list({
            limit: 3,
            ...(cursor !== undefined && { cursor }),
          });
          seen.push(...page.data);
          cursor = page.nextCursor;
          ({ hasMore } = page);
        }
      }
    })();
    const people = Array.from({ length: 5 }, (_, i) => `+1555010001${i}`);
    await Promise.all(
      people.map(async (person) => {
        for (let i = 0; i < 10; i++) await text(person, `text ${i}`);
      }),
    );
    isWriting = false;
    await reading;
    const written = await database.rows<{ id: string }>(
      `SELECT event_id AS id FROM outbox WHERE subject LIKE 'evt.%'`,
    );
    expect(seen.map(({ id }) => id).toSorted()).toEqual(written.map(({ id }) => id).toSorted());
    for (const subject of new Set(seen.map((event) => event.subject))) {
      const ofOne = seen.filter((event) => event.subject === subject);
      expect(ofOne.map((event) => event.conversationsequence)).toEqual(ofOne.map((_, i) => i + 1));
    }
  });

  it('the event log can be filtered by type and conversation', async () => {
    const { text, list } = await given();
    await text('+15550100001', 'one');
    await text('+15550100002', 'two');
    const received = await list({ types: ['evt.message.received.v1'] });
    expect(received.data.map(({ data }) => data['text'])).toEqual(['one', 'two']);
    const conversationId = received.data[1]!.subject;
    const ofOne = await list({ conversationId: conversationId as never });
    expect(ofOne.data.map(({ subject }) => subject)).toEqual([conversationId, conversationId]);
    expect(
      await list({ types: ['evt.message.received.v1'], conversationId: conversationId as never }),
    ).toMatchObject({ data: [{ data: { text: 'two' } }], hasMore: false });
  });

  it('filtered pages of the event log continue past excluded events', async () => {
    const { text, list, database } = await given();
    await database.rows(
      `INSERT INTO outbox (event_id, partition, ordering_key, subject, headers, payload)
       SELECT 'evt_' || n, 0, 'conv_x', 'evt.turn.started.v1.conv_x', '{"ce-type": "evt.turn.started.v1"}', '{}'
       FROM generate_series(1, 4500) AS n`,
    );
    await text('+15550100001', 'rare');
    const types = ['evt.message.received.v1'];
    let page = await list({ types });
    let pages = 1;
    while (page.hasMore) {
      expect(page.data).toEqual([]);
      page = await list({ types, cursor: page.nextCursor });
      pages++;
    }
    expect(page.data.map(({ data }) => data['text'])).toEqual(['rare']);
    expect(pages).toBe(3);
  });

  it('a page of the event log fits into one NATS message', async () => {
    const { list, database } = await given();
    await database.rows(
      `INSERT INTO outbox (event_id, partition, ordering_key, subject, headers, payload)
       SELECT 'evt_' || n, 0, 'k', 'evt.turn.started.v1.k', '{}',
              convert_to(json_build_object('text', repeat('x', 200000))::text, 'UTF8')
       FROM generate_series(1, 5) AS n`,
    );
    const first = await list();
    expect(first).toMatchObject({ data: [{}, {}], hasMore: true });
    const second = await list({ cursor: first.nextCursor });
    expect([...first.data, ...second.data, ...(await list({ cursor: second.nextCursor })).data]).toHaveLength(
      5,
    );
  });

  it('the event log since a time begins with events of up to a minute before that time', async () => {
    const { text, list, database } = await given();
    await text('+15550100001', 'one');
    const now = Date.now();
    const startingAt = async (ms: number) =>
      (await list({ since: new Date(now + ms).toISOString() })).data.length;
    expect(await startingAt(0)).toBe(2);
    expect(await startingAt(-3_600_000)).toBe(2);
    // Two minutes later, reading starts after the last event that is older than a minute.
    expect(await startingAt(120_000)).toBe(0);
    await database.rows(`INSERT INTO outbox (event_id, partition, ordering_key, subject, headers, payload)
      VALUES ('evt_zzz', 0, 'k', 'evt.turn.started.v1.k', '{}', '{}')`);
    expect(await startingAt(120_000)).toBe(1);
  });

  it.each(['x', 'MTIz', '', Buffer.from('99999999999999999999.1').toString('base64url')])(
    'the event log refuses the cursor %j',
    async (cursor) => {
      const { list } = await given();
      const refused = list({ cursor });
      await expect(refused).rejects.toThrow(RpcFailure);
      await expect(refused).rejects.toMatchObject({ code: 'invalid-cursor' });
    },
  );
});
