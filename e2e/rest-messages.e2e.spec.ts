import { RunningParley, someNumber } from '@parley/testing';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Message {
  id: string;
  conversationId?: string;
  seq?: number;
  author: string;
  direction: string;
  text: string;
  status: string;
  code?: string;
  errors?: { pointer: string }[];
}
interface Page<T> {
  data: T[];
  nextCursor: string | null;
  hasMore: boolean;
}
interface Conversation {
  id: string;
  contactId: string;
  agentId: string;
  status: string;
  messageCount: number;
}

let parley: RunningParley;

beforeAll(async () => {
  parley = await RunningParley.start({ replicas: { 'sms-gateway': 2 } });
});
afterAll(async () => parley?.stop());

async function post(order: unknown, idempotencyKey: string = randomUUID(), replica = 0) {
  const response = await fetch(`${parley.process('sms-gateway', replica).url}/v1/messages`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${parley.apiKey}`,
      'content-type': 'application/json',
      'idempotency-key': idempotencyKey,
    },
    body: JSON.stringify(order),
  });
  const { status, headers } = response;
  return { status, headers, body: (await response.json()) as Message };
}

const get = async (id: string) => (await parley.api<Message>(`/v1/messages/${id}`)).body;
async function untilStatus(id: string, status: string): Promise<void> {
  await expect.poll(async () => (await get(id)).status).toBe(status);
}

describe('POST /v1/messages', () => {
  it('[P-02] a message posted by REST to a new number is logged, then sent, and its status rises to delivered', async () => {
    const to = someNumber();
    const { status, headers, body } = await post({ to, text: 'Your table is *ready*.' });
    expect(status).toBe(202);
    expect(body).toMatchObject({ status: 'accepted', author: 'human', direction: 'outbound' });
    expect(headers.get('location')).toBe(`/v1/messages/${body.id}`);
    expect(['accepted', 'queued', 'sent', 'delivered']).toContain((await get(body.id)).status);
    expect(await parley.simulator.repliesTo(to)).toEqual(['Your table is *ready*.']);
    await untilStatus(body.id, 'delivered');
    await parley.settled();
    const logged = await get(body.id);
    expect(logged).toMatchObject({
      status: 'delivered',
      seq: 1,
      text: 'Your table is *ready*.',
      conversationId: expect.any(String),
    });
    expect(await parley.messageEventsOf(body.id)).toEqual(['queued', 'sent', 'delivered']);

    await parley.simulator.text({ from: to, body: 'Thanks!' });
    await parley.simulator.repliesTo(to, 2);
    const conversation = await parley.api<Conversation>(`/v1/conversations/${logged.conversationId}`);
    expect(conversation.body).toMatchObject({ id: logged.conversationId, messageCount: 3, status: 'open' });

    const { body: next } = await post({ conversationId: logged.conversationId, text: 'See you' });
    await untilStatus(next.id, 'delivered');
    expect((await parley.simulator.repliesTo(to, 3))[2]).toBe('See you');
    expect(await get(next.id)).toMatchObject({ conversationId: logged.conversationId, seq: 4 });
  });

  it('[P-02] a message posted repeatedly with one Idempotency-Key, to both gateways, is sent as one text', async () => {
    const to = someNumber();
    const key = randomUUID();
    const order = { to, text: 'Only once' };
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => post(order, key, i % 2)));
    const accepted = answers.filter(({ status }) => status === 202);
    expect(accepted.length).toBeGreaterThan(0);
    expect(answers.every(({ status }) => status === 202 || status === 409)).toBe(true);
    const again = await post(order, key, 1);
    expect(again.status).toBe(202);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(new Set([...accepted, again].map(({ body }) => body.id)).size).toBe(1);
    await untilStatus(again.body.id, 'delivered');
    await parley.settled();
    expect(await parley.messageEventsOf(again.body.id)).toEqual(['queued', 'sent', 'delivered']);
    expect(await parley.simulator.messages({ to, direction: 'outbound', waitMs: 0 })).toHaveLength(1);
    expect(await post({ to, text: 'Something else' }, key)).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
  });

  it.each<[string, unknown, string, string]>([
    ['the number of an old example', { to: '+0987654321', text: 'Hi' }, 'invalid_number', '#/to'],
    ['a recipient that is no phone number', { to: 'Ada', text: 'Hi' }, 'invalid_number', '#/to'],
    ['no text', { to: '+15550100001' }, 'validation_failed', '#/text'],
    ['no recipient', { text: 'Hi' }, 'validation_failed', '#/to'],
    [
      'a line that is not ours',
      { to: '+15550100001', from: '+15550100077', text: 'Hi' },
      'unknown_sender',
      '#/from',
    ],
    [
      'an unknown conversation',
      { conversationId: 'conv_01k9wm3v7hq2b8yjr5xet6c4dn', text: 'Hi' },
      'unknown_conversation',
      '#/conversationId',
    ],
  ])('POST /v1/messages refuses %s with 422 and a pointer to the field', async (_, order, code, pointer) => {
    const answer = await post(order);
    expect([answer.status, answer.body]).toMatchObject([422, { code, errors: [{ pointer }] }]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  it.each<[string, string, RequestInit, number, string]>([
    ['an unknown path', '/v1/nothing', {}, 404, 'not_found'],
    ['an unknown message', '/v1/messages/msg_01k9wm3v7hq2b8yjr5xet6c4dn', {}, 404, 'not_found'],
    ['an unknown conversation', '/v1/conversations/conv_01k9wm3v7hq2b8yjr5xet6c4dn', {}, 404, 'not_found'],
    ['another method', '/v1/messages', { method: 'PUT' }, 405, 'method_not_allowed'],
    ['broken JSON', '/v1/messages', json('{"to":'), 400, 'invalid_request'],
    ['__proto__', '/v1/messages', json('{"__proto__":{"admin":true}}'), 400, 'invalid_request'],
    [
      'a megabyte',
      '/v1/messages',
      json(JSON.stringify({ text: 'x'.repeat(1 << 20) })),
      413,
      'payload_too_large',
    ],
    [
      'another content type',
      '/v1/messages',
      { method: 'POST', body: '<a/>', headers: { 'content-type': 'text/xml', 'idempotency-key': 'k' } },
      415,
      'unsupported_media_type',
    ],
    [
      'no Idempotency-Key',
      '/v1/messages',
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"to":"+15550100001","text":"Hi"}',
      },
      400,
      'idempotency_key_required',
    ],
    ['a filter with an unknown value', '/v1/conversations?status=lost', {}, 400, 'invalid_request'],
  ])('REST answers %s with a problem (RFC 9457)', async (_, path, init, status, code) => {
    const answer = await parley.api<Record<string, unknown>>(path, init);
    expect([answer.status, answer.body]).toMatchObject([
      status,
      {
        status,
        code,
        type: `urn:parley:problem:${code}`,
        title: expect.any(String),
        requestId: expect.any(String),
        retryable: false,
      },
    ]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });
});

it('[P-02] lists of conversations and messages are filtered and paged without a gap or a repeat', async () => {
  const person = someNumber();
  for (let i = 1; i <= 3; i++) {
    await parley.simulator.text({ from: person, body: `filter me ${person.slice(-6)} ${i}` });
    await parley.simulator.repliesTo(person, i);
  }
  const [row] = await parley.query<{ conversation_id: string }>(
    'SELECT conversation_id FROM orchestrator.message WHERE text = $1',
    [`filter me ${person.slice(-6)} 1`],
  );
  const { body: conversation } = await parley.api<Conversation>(`/v1/conversations/${row!.conversation_id}`);
  const listed = await parley.api<Page<Conversation>>(
    `/v1/conversations?contactId=${conversation.contactId}&agentId=${conversation.agentId}&status=open`,
  );
  expect(listed.body.data.map(({ id }) => id)).toEqual([conversation.id]);

  const seqs: number[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { body } = await parley.api<Page<Message>>(
      `/v1/conversations/${conversation.id}/messages?direction=inbound&author=contact&channel=sms&limit=2${query}`,
    );
    expect(body.data.every(({ direction }) => direction === 'inbound')).toBe(true);
    seqs.push(...body.data.map(({ seq }) => seq!));
    cursor = body.nextCursor;
  }
  expect(seqs).toEqual([1, 3, 5]);
});

it('a message posted by REST while the orchestrator is unavailable is accepted, and sent when the orchestrator is available again', async () => {
  const orchestrator = parley.process('agent-orchestrator');
  await orchestrator.stop();
  const to = someNumber();
  const { status, body } = await post({ to, text: 'Sent later' });
  expect([status, body.status]).toEqual([202, 'accepted']);
  expect((await parley.api(`/v1/messages/${body.id}`)).status).toBe(503);
  await orchestrator.start();
  expect(await parley.simulator.repliesTo(to)).toEqual(['Sent later']);
  await untilStatus(body.id, 'delivered');
});

function json(body: string): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    body,
  };
}
