import { AppendMessage, GetChatThread, GetTextAddress, GetMessage, rpcSubjectOf } from '@parley/contracts';
import { MessageCodec, NatsLink } from '@parley/messaging';
import { Transactions } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { storedRowsWith } from '@parley/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_KEY, inboundParams, OWN_NUMBER, RunningGateway } from '../../testing/running-gateway.js';
import { ApiKeyStore } from '../keys/api-key-store.js';
import { PurgeReservations } from '../reservations/purge-reservations.js';
import { ReservationStore } from '../reservations/reservation-store.js';

let gateway: RunningGateway;
let people = 0;
/** The orchestrator's answer about a message. */
let logged: unknown = null;
let address: unknown = null;
let chat: unknown = null;

beforeAll(async () => {
  gateway = await RunningGateway.start();
  const connection = await gateway.get(NatsLink).whenConnected();
  const answers = (subject: string, data: () => unknown) =>
    connection.subscribe(subject, {
      callback: (_, message) => void message.respond(JSON.stringify({ ok: true, data: data() })),
    });
  answers(rpcSubjectOf(GetMessage), () => logged);
  answers(rpcSubjectOf(GetTextAddress), () => address);
  answers(rpcSubjectOf(GetChatThread), () => chat);
  await connection.flush();
});
afterAll(async () => gateway.stop());

const somebody = () => `+1555060${String(++people).padStart(4, '0')}`;

interface Message {
  id: string;
  status: string;
}

async function post(
  order: unknown,
  idempotencyKey: string | null = newId('req'),
  key = API_KEY,
): Promise<{ status: number; headers: Headers; body: Message }> {
  const answer = await gateway.api('/v1/messages', key, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(idempotencyKey !== null && { 'idempotency-key': idempotencyKey }),
    },
    body: typeof order === 'string' ? order : JSON.stringify(order),
  });
  return { ...answer, body: answer.body as Message };
}

/** The published commands to append a message, decoded. */
async function appended(messageId: string): Promise<AppendMessage[]> {
  const rows = await gateway.query<{ subject: string; headers: Record<string, string>; payload: Buffer }>(
    `SELECT subject, headers, payload FROM outbox WHERE subject LIKE 'cmd.conversation.append.%'`,
  );
  const codec = gateway.get(MessageCodec);
  return rows
    .map((row) => codec.decode(AppendMessage, row).data)
    .filter((command) => command.messageId === messageId);
}

describe('POST /v1/messages', () => {
  it('POST /v1/messages accepts a message to a number and publishes the command to append it', async () => {
    const to = somebody();
    const { status, headers, body } = await post({ to, text: 'Your table is *ready*.' });
    expect(status).toBe(202);
    expect(headers.get('location')).toBe(`/v1/messages/${body.id}`);
    expect(headers.get('idempotency-replayed')).toBeNull();
    expect(body).toMatchObject({
      id: expect.stringMatching(/^msg_/),
      channel: 'sms',
      direction: 'outbound',
      author: 'human',
      text: 'Your table is *ready*.',
      status: 'accepted',
    });
    const [line] = await gateway.query<{ id: string }>('SELECT id FROM line');
    expect(await appended(body.id)).toMatchObject([
      {
        target: expect.stringMatching(/^thr_/),
        text: 'Your table is *ready*.',
        author: 'human',
        to,
        from: OWN_NUMBER,
        lineId: line!.id,
      },
    ]);
  });

  it('POST /v1/messages uses the person’s existing thread on the line given as from', async () => {
    const to = somebody();
    const threadId = await gateway.threadWith(to);
    const { body } = await post({ to, from: OWN_NUMBER, text: 'Hello again' });
    expect(await appended(body.id)).toMatchObject([{ target: threadId }]);
  });

  it('POST /v1/messages accepts a message into an existing conversation', async () => {
    const conversationId = newId('conv');
    const order = { conversationId, text: 'Hello there' };
    expect(await post(order)).toMatchObject({ status: 422, body: { code: 'unknown_conversation' } });
    address = { threadId: newId('thr') };
    const { status, body } = await post(order);
    expect([status, body]).toMatchObject([202, { conversationId, status: 'accepted' }]);
    expect(await appended(body.id)).toMatchObject([{ target: conversationId, text: 'Hello there' }]);
  });

  it('a message into a conversation without texts goes to the number of its call, on a new thread', async () => {
    const conversationId = newId('conv');
    const to = somebody();
    address = { to };
    const { status, body } = await post({ conversationId, text: 'Hello there' });
    expect(status).toBe(202);
    const [command] = await appended(body.id);
    expect(command).toMatchObject({ target: conversationId, threadId: expect.stringMatching(/^thr_/) });
    expect(command!.threadId).toBe(await gateway.threadWith(to));
  });

  it('a message into a conversation that only had web chat goes to the web chat', async () => {
    const conversationId = newId('conv');
    address = {};
    chat = { threadId: newId('thr') };
    const { status, body } = await post({ conversationId, text: 'Hello there' });
    chat = null;
    expect([status, body]).toMatchObject([202, { channel: 'web', status: 'accepted' }]);
    expect(await appended(body.id)).toMatchObject([{ target: conversationId, text: 'Hello there' }]);
  });

  it('POST /v1/messages returns 422 for a conversation whose person has no number, has one of ours, or opted out', async () => {
    const conversationId = newId('conv');
    address = {};
    expect(await post({ conversationId, text: 'Hi' })).toMatchObject({
      status: 422,
      body: { code: 'no_text_address', errors: [{ pointer: '#/conversationId' }] },
    });
    address = { to: OWN_NUMBER };
    expect(await post({ conversationId, text: 'Hi' })).toMatchObject({
      status: 422,
      body: { code: 'no_text_address' },
    });
    const to = somebody();
    await gateway.post('/webhook/sms', inboundParams(to, 'STOP'));
    address = { to };
    expect(await post({ conversationId, text: 'Hi' })).toMatchObject({
      status: 422,
      body: { code: 'opted_out' },
    });
  });

  it('a repeated POST /v1/messages returns the same message with the header Idempotency-Replayed', async () => {
    const order = { to: somebody(), text: 'Only once' };
    const key = newId('req');
    const first = await post(order, key);
    const again = await post({ text: order.text, to: order.to }, key);
    expect(again.status).toBe(202);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await appended(first.body.id)).toHaveLength(1);
  });

  it('20 equal POST /v1/messages at once create one message; each returns that message or 409', async () => {
    const order = { to: somebody(), text: 'Only once, at once' };
    const key = newId('req');
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(order, key)));
    const ids = answers.filter(({ status }) => status === 202).map(({ body }) => body.id);
    expect(new Set(ids).size).toBe(1);
    for (const { status, headers, body } of answers.filter((each) => each.status !== 202)) {
      expect([status, body]).toMatchObject([409, { code: 'idempotency_key_in_flight', retryable: true }]);
      expect(headers.get('retry-after')).toBe('1');
    }
    expect(await appended(ids[0]!)).toHaveLength(1);
  });

  it('a used Idempotency-Key is refused with another body, and accepted from another API key', async () => {
    const key = newId('req');
    const to = somebody();
    const first = await post({ to, text: 'One' }, key);
    expect(await post({ to, text: 'Two' }, key)).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
    const apiKey = 'pk_test_of_somebody_else';
    await gateway.get(ApiKeyStore).put(apiKey, { name: 'other', scopes: ['messages:write'] });
    const other = await post({ to, text: 'Two' }, key, apiKey);
    expect(other.status).toBe(202);
    expect(other.body.id).not.toBe(first.body.id);
    expect((await gateway.api(`/v1/messages/${other.body.id}`, apiKey)).status).toBe(403);
  });

  it.each([null, '', 'ключ', 'x'.repeat(256)])(
    'POST /v1/messages refuses the Idempotency-Key %j with 400',
    async (key) => {
      const headers = new Headers({ 'content-type': 'application/json' });
      if (key !== null && key !== 'ключ') headers.set('idempotency-key', key);
      const { status, body } = await post({ to: somebody(), text: 'Hi' }, key === 'ключ' ? null : key);
      expect([status, body]).toMatchObject([400, { code: 'idempotency_key_required' }]);
    },
  );

  it.each<[unknown, string, string]>([
    [{ to: '+0987654321', text: 'Hi' }, 'invalid_number', '#/to'],
    [{ to: '+266696687', text: 'Hi' }, 'invalid_number', '#/to'],
    [{ to: '0151 1234567', text: 'Hi' }, 'invalid_number', '#/to'],
    [{ to: OWN_NUMBER, text: 'Hi' }, 'invalid_number', '#/to'],
    [{ to: '+15550100001', from: '+15550100002', text: 'Hi' }, 'unknown_sender', '#/from'],
    [{ to: '+15550100001', text: 'A. '.repeat(3_000) }, 'text_too_long', '#/text'],
    [{ to: '+15550100001', text: ' \n' }, 'validation_failed', '#/text'],
    [{ to: '+15550100001', text: '\u200b' }, 'validation_failed', '#/text'],
    [{ to: '+15550100001', text: 'NUL \0' }, 'validation_failed', '#/text'],
    [{ to: '+15550100001', text: 'half \ud83d' }, 'validation_failed', '#/text'],
    [{ to: '+15550100001' }, 'validation_failed', '#/text'],
    [{ text: 'Hi' }, 'validation_failed', '#/to'],
    [{ to: '+15550100001', conversationId: newId('conv'), text: 'Hi' }, 'validation_failed', '#/to'],
    [{ conversationId: newId('conv'), from: OWN_NUMBER, text: 'Hi' }, 'validation_failed', '#/from'],
    [{ conversationId: '42', text: 'Hi' }, 'validation_failed', '#/conversationId'],
    [{ to: '+15550100001', text: 'Hi', colour: 'red' }, 'validation_failed', '#/colour'],
    [[], 'validation_failed', '#'],
  ])(
    'POST /v1/messages returns 422 with a pointer to the wrong field (case %#)',
    async (order, code, pointer) => {
      const { status, body } = await post(order);
      expect([status, body]).toMatchObject([422, { code, errors: [{ pointer }] }]);
    },
  );

  it.each<[unknown, string[]]>([
    [{ text: ' ', colour: 'red', shade: 1 }, ['#/colour', '#/shade', '#/text', '#/to']],
    [{ text: 5, colour: 'red' }, ['#/colour', '#/text', '#/to']],
    [
      { conversationId: '42', from: OWN_NUMBER, colour: 'red' },
      ['#/colour', '#/conversationId', '#/from', '#/text'],
    ],
    [{ to: 'me', from: '+15550100002', text: 'A. '.repeat(3_000) }, ['#/from', '#/text', '#/to']],
  ])('POST /v1/messages lists all wrong fields in one response (case %#)', async (order, pointers) => {
    const { status, body } = await post(order);
    expect(status).toBe(422);
    const { errors } = body as unknown as { errors: { pointer: string }[] };
    expect(errors.map(({ pointer }) => pointer).toSorted()).toEqual(pointers);
  });

  it('the problem for a malformed id describes the format of an id', async () => {
    const { body } = await post({ conversationId: '42', text: 'Hi' });
    const detail = expect.stringMatching(/^must be an id like conv_[0-9a-z]{26}$/) as unknown;
    expect(body).toMatchObject({ errors: [{ pointer: '#/conversationId', detail }] });
    expect((await gateway.api('/v1/messages/42')).body).toMatchObject({
      errors: [{ detail: expect.stringMatching(/^must be an id like msg_/) as unknown }],
    });
  });

  it('POST /v1/messages refuses a form with 415 and asks for JSON', async () => {
    const headers = { 'idempotency-key': newId('req') };
    const form = new URLSearchParams({ to: somebody(), text: 'Hi' });
    const init = { method: 'POST', body: form, headers };
    const { status, headers: answered, body } = await gateway.api('/v1/messages', undefined, init);
    expect([status, answered.get('content-type')]).toEqual([415, 'application/problem+json; charset=utf-8']);
    expect(body).toMatchObject({
      code: 'unsupported_media_type',
      detail: 'This route takes JSON: send Content-Type: application/json',
    });
  });

  it.each<[string, string, RequestInit, number, string]>([
    ['broken JSON', '/v1/messages', { method: 'POST', body: '{"to":' }, 400, 'invalid_request'],
    ['__proto__', '/v1/messages', { method: 'POST', body: '{"__proto__":{"to":1}}' }, 400, 'invalid_request'],
    [
      'too large a body',
      '/v1/messages',
      { method: 'POST', body: JSON.stringify({ text: 'x'.repeat(1024 * 1024) }) },
      413,
      'payload_too_large',
    ],
    [
      'an unsupported content type',
      '/v1/messages',
      { method: 'POST', body: 'a,b', headers: { 'content-type': 'text/csv' } },
      415,
      'unsupported_media_type',
    ],
    ['an unsupported method', '/v1/messages', { method: 'DELETE' }, 405, 'method_not_allowed'],
    ['an unknown path', '/v1/nothing', {}, 404, 'not_found'],
    ['a malformed id', '/v1/messages/42', {}, 400, 'invalid_request'],
  ])('the REST API responds to %s with a problem', async (_, path, init, status, code) => {
    const headers = {
      'idempotency-key': newId('req'),
      ...(init.body && { 'content-type': 'application/json' }),
      ...(init.headers as Record<string, string>),
    };
    const answer = await gateway.api(path, API_KEY, { ...init, headers });
    expect([answer.status, answer.body]).toMatchObject([
      status,
      { status, code, requestId: expect.any(String) },
    ]);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
  });

  it('an Idempotency-Key is valid for a week', async () => {
    const order = { to: somebody(), text: 'Once a week' };
    const purge = gateway.get(PurgeReservations);
    const key = newId('req');
    const { body: first } = await post(order, key);
    const grow = (hours: number) =>
      gateway.query(
        `UPDATE reservation SET created_at = created_at - $2 * interval '1 hour' WHERE resource_id = $1`,
        [first.id, hours],
      );
    await grow(7 * 24 - 1);
    await purge.run(new AbortController().signal);
    expect((await post(order, key)).body.id).toBe(first.id);
    await grow(2);
    await purge.run(new AbortController().signal);
    expect((await post(order, key)).body.id).not.toBe(first.id);
  });

  it('neither the number nor the text of an accepted message is stored in plain text', async () => {
    const to = somebody();
    const { body } = await post({ to, text: 'a very private matter' });
    const query = gateway.query.bind(gateway);
    const found = (words: string[]) => storedRowsWith(query, ['gateway'], words);
    const tables = (await found([body.id])).map(({ table }) => table);
    expect(tables).toEqual(['gateway.outbox', 'gateway.reservation']);
    expect(await found([to.slice(2), 'private matter'])).toEqual([]);
  });
});

it('[P-02] if two requests find the same Idempotency-Key unused, only one of them can reserve it', async () => {
  const reservations: ReservationStore = gateway.get(ReservationStore);
  const scope = { apiKey: 'test', method: 'POST', route: '/v1/messages', idempotencyKey: newId('req') };
  const reserve = (body: string, resource: { id: string }) =>
    gateway.get(Transactions).run((tx) => reservations.reserve(tx, scope, body, resource));
  const first = { id: newId('msg') };
  expect(await reserve('{}', first)).toBeUndefined();
  expect(await reserve('{}', { id: newId('msg') })).toEqual({ kind: 'same', resource: first });
  expect(await reserve('{"text":"Hi"}', { id: newId('msg') })).toEqual({ kind: 'other-body' });
});

describe('GET /v1/messages/{id}', () => {
  it('GET /v1/messages/{id} returns a message with the status accepted until the orchestrator has it', async () => {
    const { body } = await post({ to: somebody(), text: 'Soon' });
    logged = null;
    expect(await gateway.api(`/v1/messages/${body.id}`)).toMatchObject({ status: 200, body });
    logged = { ...GetMessage.exampleOutput, id: body.id, status: 'delivered' };
    expect(await gateway.api(`/v1/messages/${body.id}`)).toMatchObject({ status: 200, body: logged });
  });

  it('GET /v1/messages/{id} returns 404 for an unknown message', async () => {
    logged = null;
    expect((await gateway.api(`/v1/messages/${newId('msg')}`)).status).toBe(404);
  });
});
