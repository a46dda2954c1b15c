import { RunningParley, someNumber } from '@parley/testing';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** How far before the last event of the stream the log is read again, to include events that were then on their way. */
const OVERLAP_MS = 60_000;

interface PublicEvent {
  id: string;
  subject: string;
  time: string;
  conversationsequence?: number;
}
interface EventPage {
  data: PublicEvent[];
  nextCursor: string;
  hasMore: boolean;
}

let parley: RunningParley;

beforeAll(async () => {
  parley = await RunningParley.start();
});
afterAll(async () => parley?.stop());

/** A subscriber that takes each event once, and the events of each conversation in order. */
class Follower {
  readonly taken: PublicEvent[] = [];
  readonly #ids = new Set<string>();
  /** Events that arrived before an earlier event of their conversation. */
  #early: PublicEvent[] = [];

  take(event: PublicEvent): void {
    if (this.#ids.has(event.id)) return;
    if (!this.#isNext(event)) {
      this.#early.push(event);
      return;
    }
    this.#ids.add(event.id);
    this.taken.push(event);
    for (const early of this.#early.splice(0)) this.take(early);
  }

  get lastTime(): string {
    return this.taken
      .map(({ time }) => time)
      .toSorted()
      .at(-1)!;
  }

  /** Returns how many events wait for an earlier event of their conversation. */
  get waiting(): number {
    return this.#early.filter(({ id }) => !this.#ids.has(id)).length;
  }

  #isNext({ subject, conversationsequence }: PublicEvent): boolean {
    if (conversationsequence === undefined) return true;
    return this.taken.filter((event) => event.subject === subject).length + 1 === conversationsequence;
  }
}

/** Reads the stream `EVT` from its beginning through an ordered consumer until the connection closes. */
async function follow(follower: Follower): Promise<NatsConnection> {
  const connection = await connect({ servers: parley.nats.url, reconnect: false });
  await expect
    .poll(async () => (await jetstreamManager(connection)).streams.info('EVT').catch(() => undefined))
    .toBeDefined();
  const consumer = await jetstream(connection).consumers.get('EVT');
  const messages = await consumer.consume();
  void (async () => {
    for await (const { headers } of messages) {
      const sequence = headers!.get('ce-conversationsequence');
      follower.take({
        id: headers!.get('ce-id'),
        subject: headers!.get('ce-subject'),
        time: headers!.get('ce-time'),
        ...(sequence !== '' && { conversationsequence: Number(sequence) }),
      });
    }
  })();
  return connection;
}

async function catchUp(follower: Follower, since: string): Promise<void> {
  let query = `since=${new Date(Date.parse(since) - OVERLAP_MS).toISOString()}`;
  let hasMore = true;
  while (hasMore) {
    const { status, body } = await parley.api<EventPage>(`/v1/events?limit=20&${query}`);
    expect(status).toBe(200);
    for (const event of body.data) follower.take(event);
    query = `cursor=${body.nextCursor}`;
    ({ hasMore } = body);
  }
}

async function converse(people: readonly string[]): Promise<void> {
  for (const from of people) {
    const body = `hello ${randomBytes(4).toString('hex')}`;
    expect((await parley.webhook(parley.inboundParams({ from, body }))).status).toBe(200);
  }
}

const publicEvents = () =>
  parley.query<{ id: string; published: boolean }>(
    `SELECT event_id AS id, published_at IS NOT NULL AS published FROM orchestrator.outbox WHERE subject LIKE 'evt.%'`,
  );

const undeliveredReplies = async () => {
  const replies = await parley.query(
    `SELECT 1 FROM orchestrator.message WHERE direction = 'outbound' AND status <> 'delivered'`,
  );
  return replies.length;
};

describe('following the events', () => {
  it('[P-03] a subscriber catches up from /v1/events after the stream was lost, without a gap or a repeat', async () => {
    const people = Array.from({ length: 4 }, () => someNumber());
    const follower = new Follower();
    await converse(people);
    for (const person of people) await parley.simulator.repliesTo(person, 1);
    const before = await follow(follower);
    await expect.poll(() => follower.taken.length).toBeGreaterThan(10);
    await before.close();
    const since = follower.lastTime;

    // Published while nobody subscribes, and then lost.
    await converse(people);
    for (const person of people) await parley.simulator.repliesTo(person, 2);
    await expect.poll(async () => (await publicEvents()).every(({ published }) => published)).toBe(true);
    await parley.nats.wipe();
    await parley.nats.start();

    await converse(people);
    const after = await follow(follower);
    for (const person of people) await parley.simulator.repliesTo(person, 3);
    await expect.poll(() => follower.waiting).toBeGreaterThan(0);
    const beforeCatchingUp = follower.taken.length;
    await expect.poll(async () => (await parley.api('/v1/events?limit=1')).status).toBe(200);
    await catchUp(follower, since);
    expect(follower.taken.length).toBeGreaterThan(beforeCatchingUp);

    // The carrier's last status reports may still be on their way into the log.
    await expect.poll(undeliveredReplies).toBe(0);
    await expect
      .poll(async () => {
        const written = await publicEvents();
        return written.every(({ published }) => published) && written.length - follower.taken.length;
      })
      .toBe(0);
    await after.close();
    const ids = follower.taken.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.toSorted()).toEqual((await publicEvents()).map(({ id }) => id).toSorted());
    for (const subject of new Set(follower.taken.map((event) => event.subject))) {
      const sequences = follower.taken
        .filter((event) => event.subject === subject)
        .map(({ conversationsequence }) => conversationsequence);
      expect(sequences).toEqual(sequences.map((_, i) => i + 1));
    }
  });

  it('[P-03] a service reads all events from /v1/events without ever having subscribed', async () => {
    const follower = new Follower();
    let query = '';
    const readOn = async (): Promise<void> => {
      let hasMore = true;
      while (hasMore) {
        const { body } = await parley.api<EventPage>(`/v1/events?limit=7${query}`);
        for (const event of body.data) follower.take(event);
        query = `&cursor=${body.nextCursor}`;
        ({ hasMore } = body);
      }
    };
    await expect.poll(undeliveredReplies).toBe(0);
    await expect
      .poll(async () => {
        await readOn();
        return (await publicEvents()).length - follower.taken.length;
      })
      .toBe(0);
    expect(follower.waiting).toBe(0);
    expect(follower.taken.map(({ id }) => id).toSorted()).toEqual(
      (await publicEvents()).map(({ id }) => id).toSorted(),
    );
  });
});
