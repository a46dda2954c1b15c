import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { PendingRow } from './outbox-rows.js';
import { PublishLanes } from './publish-lanes.js';

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

function lanesOf(...rows: PendingRow[]): PublishLanes {
  const lanes = new PublishLanes();
  for (const each of rows) lanes.add(each);
  return lanes;
}

describe('publish lanes', () => {
  it('publish lanes return the rows of a key one at a time, in the order of ids', () => {
    const keys = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(keys, fc.infiniteStream(fc.nat()), (places, choices) => {
        const lanes = lanesOf(...places.map((key, id) => row(id, key)));
        const underWay: PendingRow[] = [];
        const published: PendingRow[] = [];
        for (;;) {
          for (let next = lanes.takeNext(); next; next = lanes.takeNext()) underWay.push(next);
          if (underWay.length === 0) break;
          expect(new Set(underWay.map((each) => each.orderingKey)).size).toBe(underWay.length);
          const [ended] = underWay.splice(choices.next().value % underWay.length, 1);
          published.push(ended!);
          lanes.done(ended!);
        }
        expect(lanes.size).toBe(0);
        expect(published).toHaveLength(places.length);
        for (const key of ['a', 'b', 'c']) {
          const ids = published.filter((each) => each.orderingKey === key).map(({ id }) => Number(id));
          expect(ids).toEqual(ids.toSorted((x, y) => x - y));
        }
      }),
    );
  });

  it('publish lanes hold the row that is being published when the waiting rows are removed', () => {
    const lanes = lanesOf(row(1, 'a'), row(2, 'a'), row(3, 'b'));
    const first = lanes.takeNext()!;
    lanes.removeWaiting(() => true);
    expect([...lanes.ids()]).toEqual(['1']);
    lanes.add(row(2, 'a'));
    expect(lanes.takeNext()).toBeUndefined();
    lanes.done(first);
    expect(lanes.takeNext()?.id).toBe('2');
  });

  it('publish lanes return rows of one key in different streams at the same time', () => {
    const lanes = lanesOf(row(1, 'a', 'int'), row(2, 'a', 'cmd'));
    expect([lanes.takeNext()?.id, lanes.takeNext()?.id]).toEqual(['1', '2']);
  });

  it('publish lanes hold a row once, even if it is added twice', () => {
    const lanes = lanesOf(row(1, 'a'), row(1, 'a'));
    expect(lanes.size).toBe(1);
    expect(lanes.keysWithAtLeast(1)).toEqual(['a']);
    expect(lanes.keysWithAtLeast(2)).toEqual([]);
  });
});
