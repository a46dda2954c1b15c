import { expect, it } from 'vitest';

import { persistenceTimes } from '../persistence-times.js';
import { connectedService } from '../testing/stack.js';
import { OutboxRows, type PendingRow } from './outbox-rows.js';
import { SettlementRows, type UnsettledRow } from './settlement-rows.js';
import { postgres, withPostgres } from '../testing/servers.js';

withPostgres();

/** Adds a message to the outbox, whose consumers settlement may ask at once. */
async function givenMessage() {
  const { database } = await connectedService(postgres);
  const times = { ...persistenceTimes, settleAfterMs: 0, settleRetryMaxMs: 0 };
  const outbox = new OutboxRows(database, times);
  const settlement = new SettlementRows(database, times);
  await database.rows(
    `INSERT INTO outbox (event_id, partition, ordering_key, subject, headers, payload)
     VALUES ('evt_1', 0, 'thr_1', 'int.sms.received.v1.thr_1', '{}', '')`,
  );
  const pending = () =>
    outbox.pending({ partitions: [0], exceptIds: [], exceptKeys: [], exceptKinds: [] }, 10);
  return {
    settlement,
    pending,
    publish: (row: PendingRow, streamCreated: string, sequence: number) =>
      outbox.markPublished([{ ...row, streamCreated, sequence }]),
    due: () => settlement.due([0], 10),
  };
}

it('a lost message is published again once, even if two replicas find that it was lost', async () => {
  const { settlement, pending, publish, due } = await givenMessage();
  const [row] = await pending();
  await publish(row!, 'a stream', 7);
  const seen = await due();
  expect(seen).toMatchObject([{ eventId: 'evt_1', streamCreated: 'a stream', sequence: '7' }]);
  await Promise.all([settlement.republish(seen), settlement.republish(seen)]);
  expect(await pending()).toMatchObject([{ eventId: 'evt_1', republished: 1 }]);
  expect(await due()).toEqual([]);
});

it('a message that another process has already published again is not published a third time', async () => {
  const { settlement, pending, publish, due } = await givenMessage();
  const [row] = await pending();
  await publish(row!, 'a stream', 7);
  const seen = await due();
  await settlement.republish(seen);
  const [again] = await pending();
  await publish(again!, 'another stream', 1);
  await settlement.republish(seen);
  expect(await pending()).toEqual([]);
  expect(await due()).toMatchObject([{ streamCreated: 'another stream', republished: 1 }]);
});

it('a message beyond the end of a stream counts as lost only if it was published before the stream was read', async () => {
  const { settlement, pending, publish, due } = await givenMessage();
  const [row] = await pending();
  await publish(row!, 'a stream', 7);
  const [{ askedAt: later }] = (await due()) as [UnsettledRow];
  const gone = (asOf: string, lastSequence: number) =>
    settlement.gone([0], 'int', { created: 'a stream', firstSequence: 1, lastSequence, asOf }, '0', 10);
  expect(await gone(later, 6)).toMatchObject([{ eventId: 'evt_1' }]);
  expect(await gone(later, 7)).toEqual([]);
  expect(await gone('2020-01-01T00:00:00Z', 6)).toEqual([]);
});

it('a message of a stream that was created again counts as lost, however long the new stream is', async () => {
  const { settlement, pending, publish, due } = await givenMessage();
  const [row] = await pending();
  await publish(row!, 'a stream', 7);
  const [{ askedAt: asOf }] = (await due()) as [UnsettledRow];
  const gone = (created: string) =>
    settlement.gone([0], 'int', { created, firstSequence: 1, lastSequence: 100, asOf }, '0', 10);
  expect(await gone('a stream')).toEqual([]);
  expect(await gone('the stream that was created after it')).toMatchObject([{ eventId: 'evt_1' }]);
});
