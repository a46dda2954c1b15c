import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { PendingRow } from './outbox-rows.js';
import { PublishQueues } from './publish-queues.js';

const row = (id: number, key: string, kind = 'int'): PendingRow => ({
  id: String(id),
  eventId: `evt_${id}`,
  partition: key.charCodeAt(0) % 16,
  orderingKey: key,
  subject: `${kind}.sms.received.v1.${key}`,
  headers: {},
  payload: Buffer.alloc(0),
  republished: 0,
});

function queuesOf(...rows: PendingRow[]): PublishQueues {
  const queues = new PublishQueues();
  for (const each of rows) queues.add(each);
  return queues;
}

describe('PublishQueues', () => {
  it('PublishQueues returns the rows of a key one at a time, in the order of their ids', () => {
    const keys = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(keys, fc.infiniteStream(fc.nat()), (keysOfRows, choices) => {
        const queues = queuesOf(...keysOfRows.map((key, id) => row(id, key)));
        const underWay: PendingRow[] = [];
        const published: PendingRow[] = [];
        for (;;) {
          for (let next = queues.takeNext(); next; next = queues.takeNext()) underWay.push(next);
          if (underWay.length === 0) break;
          expect(new Set(underWay.map((each) => each.orderingKey)).size).toBe(underWay.length);
          const [ended] = underWay.splice(choices.next().value % underWay.length, 1);
          published.push(ended!);
          queues.done(ended!);
        }
        expect(queues.size).toBe(0);
        expect(published).toHaveLength(keysOfRows.length);
        for (const key of ['a', 'b', 'c']) {
          const ids = published.filter((each) => each.orderingKey === key).map(({ id }) => Number(id));
          expect(ids).toEqual(ids.toSorted((x, y) => x - y));
        }
      }),
    );
  });

  it('PublishQueues holds the row that is being published when the waiting rows are removed', () => {
    const queues = queuesOf(row(1, 'a'), row(2, 'a'), row(3, 'b'));
    const first = queues.takeNext()!;
    queues.removeWaiting(() => true);
    expect([...queues.ids()]).toEqual(['1']);
    queues.add(row(2, 'a'));
    expect(queues.takeNext()).toBeUndefined();
    queues.done(first);
    expect(queues.takeNext()?.id).toBe('2');
  });

  it('PublishQueues returns rows of one key in different streams at the same time', () => {
    const queues = queuesOf(row(1, 'a', 'int'), row(2, 'a', 'cmd'));
    expect([queues.takeNext()?.id, queues.takeNext()?.id]).toEqual(['1', '2']);
  });

  it('PublishQueues holds a row once, even if it is added twice', () => {
    const queues = queuesOf(row(1, 'a'), row(1, 'a'));
    expect(queues.size).toBe(1);
    expect(queues.keysWithAtLeast(1)).toEqual(['a']);
    expect(queues.keysWithAtLeast(2)).toEqual([]);
  });
});
