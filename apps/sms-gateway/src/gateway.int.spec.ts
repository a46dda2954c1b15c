import { newId } from '@parley/service-kit';
import { constraintThatRefusesCopy, type Route, routesOf } from '@parley/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inboundParams, messageSid, RunningGateway } from './testing/running-gateway.js';

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await RunningGateway.start();
});
afterAll(async () => gateway.stop());

/** The path with an unknown id: a route that let the request pass would respond with another 4xx, or 2xx. */
const filledIn = ({ path }: Route) => path.replace(/:\w+/g, 'msg_01k9wm3v7hq2b8yjr5xet6c4dn');

describe('every route of the gateway', () => {
  it('every route of the gateway requires Twilio’s signature or an API key', async () => {
    const routes = routesOf(gateway.app);
    const webhooks = routes.filter(({ path }) => path.startsWith('/webhook'));
    expect(webhooks.map(({ path }) => path).toSorted()).toEqual([
      '/webhook/sms',
      '/webhooks/twilio/sms',
      '/webhooks/twilio/sms-status',
    ]);
    expect(routes.length).toBeGreaterThan(webhooks.length);
    const answers = await Promise.all(
      routes.map(async (route) => {
        const { method } = route;
        const params = inboundParams(gateway.somebody(), 'Hi');
        const form = { body: new URLSearchParams(params) };
        const json = { body: '{}', headers: { 'content-type': 'application/json' } };
        const body = webhooks.includes(route) ? form : json;
        const answer = await fetch(`${gateway.url}${filledIn(route)}`, {
          method,
          ...(method === 'POST' && body),
        });
        return `${method} ${route.path}: ${answer.status}`;
      }),
    );
    expect(answers).toEqual(
      routes.map((route) => `${route.method} ${route.path}: ${webhooks.includes(route) ? 403 : 401}`),
    );
  });

  it('only webhooks of the gateway accept a form', async () => {
    const routes = routesOf(gateway.app).filter(({ method }) => method === 'POST');
    const answers = await Promise.all(
      routes.map(async (route) => {
        const body = new URLSearchParams({ text: 'Hi' });
        const { status } = await gateway.api(filledIn(route), undefined, { method: 'POST', body });
        return `${route.path}: ${status}`;
      }),
    );
    expect(answers).toEqual(routes.map(({ path }) => `${path}: ${path.startsWith('/webhook') ? 403 : 415}`));
  });

  it('every webhook of the gateway refuses a forged signature', async () => {
    const webhooks = routesOf(gateway.app).filter(({ path }) => path.startsWith('/webhook'));
    for (const { path } of webhooks) {
      const params = inboundParams(gateway.somebody(), 'Hi');
      const { status } = await gateway.post(path, params, { 'x-twilio-signature': 'Zm9yZ2Vk' });
      expect([path, status]).toEqual([path, 403]);
    }
  });
});

describe('the unique keys behind the locks', () => {
  const copies = [
    ['a MessageSid twice', 'inbound_sms', { thread_seq: 1_000 }, 'inbound_sms_pkey'],
    [
      'a position in a thread twice',
      'inbound_sms',
      { message_sid: messageSid() },
      'inbound_sms_thread_id_thread_seq_key',
    ],
    [
      'a person’s thread with a line twice',
      'thread',
      { id: newId('thr') },
      'thread_line_id_number_index_key',
    ],
    ['a line twice', 'line', { id: newId('line') }, 'line_number_index_key'],
    [
      'a part of a command twice',
      'send',
      { id: newId('snd'), position: 1_000, provider_sid: null },
      'send_once',
    ],
    [
      'a provider SID twice',
      'send',
      { id: newId('snd'), position: 1_001, command_id: newId('cmd') },
      'send_provider_sid_key',
    ],
    [
      'a position in the queue twice',
      'send',
      { id: newId('snd'), command_id: newId('cmd'), provider_sid: null },
      'send_position_key',
    ],
    ['an Idempotency-Key twice', 'reservation', { resource_id: newId('msg') }, 'reservation_pkey'],
    [
      'a resource of two Idempotency-Keys',
      'reservation',
      { idempotency_key: newId('req') },
      'reservation_resource_id_key',
    ],
    ['an event twice in the outbox', 'outbox', { id: 1_000_000 }, 'outbox_event_id_key'],
    ['an event twice for one consumer', 'inbox', {}, 'inbox_pkey'],
  ] as const;

  beforeAll(async () => {
    const { person, threadId } = await gateway.someThread();
    await gateway.command(threadId, 'Hello');
    await gateway.eventually('its send', 'SELECT 1 FROM send WHERE provider_sid IS NOT NULL');
    const order = await gateway.api('/v1/messages', undefined, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': newId('req') },
      body: JSON.stringify({ to: person, text: 'Hello' }),
    });
    expect(order.status).toBe(202);
  });

  it.each(copies)('the gateway’s tables cannot store %s', async (_what, table, changes, constraint) => {
    const where = table === 'inbound_sms' ? 'thread_seq IS NOT NULL' : 'true';
    const query = gateway.query.bind(gateway);
    expect(await constraintThatRefusesCopy(query, { table, where, changes })).toBe(constraint);
  });

  it('the gateway’s tables cannot store two repetitions of one send attempt', async () => {
    const query = gateway.query.bind(gateway);
    const [first] = await gateway.query<{ id: string }>('SELECT id FROM send WHERE provider_sid IS NOT NULL');
    const retry = (id: string, position: number) =>
      constraintThatRefusesCopy(query, {
        table: 'send',
        where: 'provider_sid IS NOT NULL',
        changes: { id, position, provider_sid: null, retry_of: first!.id, status: 'REJECTED' },
      });
    expect(await retry(newId('snd'), 2_000)).toBeUndefined();
    expect(await retry(newId('snd'), 2_001)).toBe('send_retry_of_key');
  });
});

describe('while Postgres is unavailable', () => {
  it('every webhook gets 503 while Postgres is unavailable, and is accepted once Postgres is back', async () => {
    const webhooks = routesOf(gateway.app).filter(({ path }) => path.startsWith('/webhook'));
    const posted = webhooks.map(({ path }) => ({
      path,
      params: { ...inboundParams(gateway.somebody(), 'Hi'), MessageStatus: 'delivered' },
    }));
    const statuses = () =>
      Promise.all(posted.map(async ({ path, params }) => (await gateway.post(path, params)).status));
    await gateway.postgres.stop('immediate');
    expect(await statuses()).toEqual(posted.map(() => 503));
    await gateway.postgres.start();
    const acknowledged = posted.map(({ path }) => (path.endsWith('status') ? 204 : 200));
    await expect.poll(statuses).toEqual(acknowledged);
  });
});
