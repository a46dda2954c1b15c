import { type DeadLetterView, deadLetters, durableOf, rpcSubjectOf, SmsReceived } from '@parley/contracts';
import { NatsLink } from '@parley/messaging';
import { newId } from '@parley/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningGateway } from '../../testing/running-gateway.js';
import { ApiKeyStore } from '../keys/api-key-store.js';

interface Page {
  data: { id: string; service: string; eventId: string }[];
  nextCursor: string | null;
  hasMore: boolean;
  unavailable: string[];
}

let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await RunningGateway.start();
});
afterAll(async () => gateway.stop());

const list = async (query: string) => (await gateway.api(`/v1/dead-letters?${query}`)).body as Page;

/** Publishes a command that no gateway can handle and waits until it is a dead letter; returns its id. */
async function deadCommand(): Promise<string> {
  const id = newId('cmd');
  await gateway.command(newId('thr'), 'nobody there', 60_000, id);
  await gateway.eventually('the dead letter', `SELECT 1 FROM inbox WHERE event_id = $1 AND state = 'dead'`, [
    id,
  ]);
  return id;
}

describe('[P-11] GET /v1/dead-letters', () => {
  it('dead letters of all services are listed in one order, page by page', async () => {
    const ours = [await deadCommand(), await deadCommand(), await deadCommand()];
    const [oldest] = (await list('limit=10')).data.slice(-1);
    const { diedAt } = (await gateway.api(`/v1/dead-letters/${oldest!.id}`)).body as DeadLetterView;
    const theirs: DeadLetterView = {
      ...deadLetters['agent-orchestrator'].list.exampleOutput.data[0]!,
      consumer: durableOf(SmsReceived, 'agent-orchestrator'),
      eventId: 'evt_theirs',
      diedAt,
    };
    const connection = await gateway.get(NatsLink).whenConnected();
    const asked: { cursor?: string }[] = [];
    const subscription = connection.subscribe(rpcSubjectOf(deadLetters['agent-orchestrator'].list), {
      callback: (_, message) => {
        const query: { cursor?: string } = message.json();
        asked.push(query);
        const data = query.cursor === undefined || !isPast(query.cursor) ? [theirs] : [];
        message.respond(JSON.stringify({ ok: true, data: { data, nextCursor: null, hasMore: false } }));
      },
    });
    const others = (['voice-bridge', 'verification'] as const).map((service) =>
      connection.subscribe(rpcSubjectOf(deadLetters[service].list), {
        callback: (_, message) =>
          void message.respond(
            JSON.stringify({ ok: true, data: { data: [], nextCursor: null, hasMore: false } }),
          ),
      }),
    );
    // `theirs` died at the same time as our oldest dead letter: the consumer's name decides, and ours comes first.
    const isPast = (cursor: string) => cursor.includes('evt_theirs');
    await connection.flush();
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Page = await list(
        `limit=1${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      expect(page.unavailable).toEqual([]);
      seen.push(...page.data.map(({ eventId }) => eventId));
      cursor = page.nextCursor;
    } while (cursor !== null);
    for (const answering of [subscription, ...others]) answering.unsubscribe();
    expect(seen).toEqual([ours[2], ours[1], ours[0], 'evt_theirs']);
    expect(asked.length).toBe(4);
  });

  it('if one service has more dead letters than fit on a page, older ones of other services wait for the next page', async () => {
    const newest = await deadCommand();
    const connection = await gateway.get(NatsLink).whenConnected();
    const example = deadLetters['voice-bridge'].list.exampleOutput.data[0]!;
    const theirs = ['9999-01-02T00:00:00.000000Z', '9999-01-01T00:00:00.000000Z'].map((diedAt) => ({
      ...example,
      diedAt,
      eventId: `evt_${diedAt}`,
    }));
    const subscription = connection.subscribe(rpcSubjectOf(deadLetters['voice-bridge'].list), {
      callback: (_, message) => {
        const isFirst = message.json<{ cursor?: string }>().cursor === undefined;
        const data = { data: [theirs[isFirst ? 0 : 1]], nextCursor: isFirst ? 'x' : null, hasMore: isFirst };
        message.respond(JSON.stringify({ ok: true, data }));
      },
    });
    await connection.flush();
    const first = await list('limit=10');
    const second = await list(`limit=10&cursor=${encodeURIComponent(first.nextCursor!)}`);
    subscription.unsubscribe();
    expect(first.data.map(({ eventId }) => eventId)).toEqual([theirs[0]!.eventId]);
    expect(second.data.slice(0, 2).map(({ eventId }) => eventId)).toEqual([theirs[1]!.eventId, newest]);
  });

  it.each([
    ['["0000-01-01T00:00:00.000Z","c","e"]'],
    ['["2026-01-01T00:00:00.000Z","c\\u0000","e"]'],
    ['["2026-01-01T00:00:00.000Z","c","\\u0000"]'],
    ['["yesterday","c","e"]'],
    ['{}'],
  ])('GET /v1/dead-letters refuses the cursor %s', async (cursor) => {
    const answer = await gateway.api(
      `/v1/dead-letters?cursor=${encodeURIComponent(encodeURIComponent(cursor))}`,
    );
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: '#/cursor' }] } });
  });

  it('an unknown dead letter whose id contains a stream name and a sequence gets 404, not 400', async () => {
    const eventId = `CMD:2026-01-02T03:04:05.678912345Z:${'9'.repeat(120)}`;
    const answer = await gateway.api(
      `/v1/dead-letters/sms-gateway.sms-gateway_cmd-sms-send_v1.${encodeURIComponent(eventId)}`,
    );
    expect(answer).toMatchObject({ status: 404, body: { detail: 'There is no such dead letter' } });
  });

  it('a dead letter’s id that contains a NUL character is refused with 400', async () => {
    const answer = await gateway.api('/v1/dead-letters/sms-gateway.consumer.%00');
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
  });

  it('the list of dead letters names services that do not answer', async () => {
    expect((await list('limit=10')).unavailable).toEqual([
      'agent-orchestrator',
      'voice-bridge',
      'verification',
    ]);
  });

  it('listing dead letters requires the scope dead-letters:read, redriving them dead-letters:write', async () => {
    const key = 'pk_test_reads_conversations';
    await gateway.get(ApiKeyStore).put(key, { name: 'reader', scopes: ['conversations:read'] });
    expect((await gateway.api('/v1/dead-letters', key)).status).toBe(403);
    const reader = 'pk_test_reads_dead_letters';
    await gateway.get(ApiKeyStore).put(reader, { name: 'operator', scopes: ['dead-letters:read'] });
    expect((await gateway.api('/v1/dead-letters', reader)).status).toBe(200);
    const redrive = `/v1/dead-letters/sms-gateway.none.evt_1/redrive`;
    expect((await gateway.api(redrive, reader, { method: 'POST' })).status).toBe(403);
  });
});

describe('[P-11] POST /v1/dead-letters/{id}/redrive', () => {
  it('a redrive that fails again returns the outcome failed, and a malformed Idempotency-Key is refused', async () => {
    const id = `sms-gateway.sms-gateway_cmd-sms-send_v1.${await deadCommand()}`;
    const answer = await gateway.api(`/v1/dead-letters/${id}/redrive`, undefined, { method: 'POST' });
    expect(answer).toMatchObject({ status: 200, body: { outcome: 'failed' } });
    const headers = { 'idempotency-key': '\u00a0' };
    const refused = await gateway.api(`/v1/dead-letters/${id}/redrive`, undefined, {
      method: 'POST',
      headers,
    });
    expect(refused).toMatchObject({ status: 400, body: { code: 'idempotency_key_required' } });
  });
});
