import {
  GetCall,
  GetCallTranscript,
  GetConversation,
  HangUpCall,
  ListCalls,
  ListConversations,
  ListEvents,
  ListMessages,
  rpcSubjectOf,
} from '@parley/contracts';
import { NatsLink } from '@parley/messaging';
import { newId } from '@parley/service-kit';
import { routesOf } from '@parley/testing';
import type { OpenAPIObject } from '@nestjs/swagger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningGateway } from '../testing/running-gateway.js';
import { ApiKeyStore } from './keys/api-key-store.js';

let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await RunningGateway.start();
});
afterAll(async () => gateway.stop());

/** Answers requests to `subject` as the owning service would, until `stop`. */
async function answer(
  subject: string,
  reply: () => unknown,
): Promise<{ stop: () => void; asked: unknown[] }> {
  const connection = await gateway.get(NatsLink).whenConnected();
  const asked: unknown[] = [];
  const subscription = connection.subscribe(subject, {
    callback: (_, message) => {
      asked.push(message.json());
      message.respond(JSON.stringify(reply()));
    },
  });
  await connection.flush();
  return { stop: () => subscription.unsubscribe(), asked };
}

describe('GET /v1/conversations', () => {
  it('GET /v1/conversations returns the orchestrator’s page', async () => {
    const page = { ...ListConversations.exampleOutput, nextCursor: 'next', hasMore: true };
    const { stop, asked } = await answer(rpcSubjectOf(ListConversations), () => ({ ok: true, data: page }));
    expect(await gateway.api('/v1/conversations?limit=2&cursor=abc')).toMatchObject({
      status: 200,
      body: page,
    });
    expect(asked).toEqual([{ limit: 2, cursor: 'abc' }]);
    stop();
  });

  it('GET /v1/conversations returns a retryable 503 while the orchestrator is unavailable', async () => {
    const { status, headers, body } = await gateway.api('/v1/conversations');
    expect(status).toBe(503);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(headers.get('retry-after')).toBe('2');
    expect(body).toMatchObject({
      code: 'unavailable',
      retryable: true,
      requestId: expect.stringMatching(/^req_/),
    });
  });

  it.each([
    ['limit=0', '#/limit'],
    ['limit=many', '#/limit'],
    ['limit=201', '#/limit'],
    ['cursor=', '#/cursor'],
    ['status=elsewhere', '#/status'],
    ['contactId=42', '#/contactId'],
  ])('GET /v1/conversations?%s is refused with a pointer to the wrong field', async (query, pointer) => {
    const { status, body } = await gateway.api(`/v1/conversations?${query}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'invalid_request', errors: [{ pointer }] });
  });
});

describe('GET /v1/conversations/{id}', () => {
  it('GET /v1/conversations/{id} returns the conversation, or 404 for an unknown id', async () => {
    let found: unknown = GetConversation.exampleOutput;
    const { stop } = await answer(rpcSubjectOf(GetConversation), () => ({ ok: true, data: found }));
    const path = `/v1/conversations/${newId('conv')}`;
    expect(await gateway.api(path)).toMatchObject({ status: 200, body: GetConversation.exampleOutput });
    found = null;
    expect(await gateway.api(path)).toMatchObject({ status: 404, body: { code: 'not_found' } });
    stop();
  });
});

describe('GET /v1/conversations/{id}/messages', () => {
  it('GET /v1/conversations/{id}/messages passes its filters to the orchestrator', async () => {
    const conversationId = newId('conv');
    const data = ListMessages.exampleOutput;
    const { stop, asked } = await answer(rpcSubjectOf(ListMessages), () => ({ ok: true, data }));
    const filters = 'direction=inbound&channel=sms&author=contact&limit=3';
    expect((await gateway.api(`/v1/conversations/${conversationId}/messages?${filters}`)).status).toBe(200);
    expect(asked).toEqual([
      { limit: 3, direction: 'inbound', channel: 'sms', author: 'contact', conversationId },
    ]);
    stop();
  });

  it('GET /v1/conversations/{id}/messages returns the messages', async () => {
    const conversationId = newId('conv');
    const { stop, asked } = await answer(rpcSubjectOf(ListMessages), () => ({
      ok: true,
      data: ListMessages.exampleOutput,
    }));
    const { status, body } = await gateway.api(`/v1/conversations/${conversationId}/messages`);
    expect([status, body]).toEqual([200, ListMessages.exampleOutput]);
    expect(asked).toEqual([{ limit: 50, conversationId }]);
    stop();
  });

  it('GET /v1/conversations/{id}/messages returns the problem answer_too_large for a page that does not fit into a NATS message', async () => {
    const error = { code: 'too-large', message: 'The answer takes 2 MB', retryable: false };
    const { stop } = await answer(rpcSubjectOf(ListMessages), () => ({ ok: false, error }));
    const { status, body } = await gateway.api(`/v1/conversations/${newId('conv')}/messages`);
    expect([status, body]).toMatchObject([500, { code: 'answer_too_large', retryable: false }]);
    stop();
  });

  it('GET /v1/conversations/{id}/messages returns 404 for an unknown conversation and 400 for a malformed id', async () => {
    const { stop } = await answer(rpcSubjectOf(ListMessages), () => ({ ok: true, data: null }));
    expect((await gateway.api(`/v1/conversations/${newId('conv')}/messages`)).status).toBe(404);
    expect((await gateway.api('/v1/conversations/42/messages')).status).toBe(400);
    stop();
  });
});

describe('/v1/calls', () => {
  it('GET /v1/calls lists calls, passes its filters to the orchestrator and refuses an unknown status', async () => {
    const data = ListCalls.exampleOutput;
    const { stop, asked } = await answer(rpcSubjectOf(ListCalls), () => ({ ok: true, data }));
    const conversationId = newId('conv');
    const filters = `status=ended&direction=inbound&conversationId=${conversationId}&limit=3`;
    expect(await gateway.api(`/v1/calls?${filters}`)).toMatchObject({ status: 200, body: data });
    expect(asked).toEqual([{ limit: 3, status: 'ended', direction: 'inbound', conversationId }]);
    expect(await gateway.api('/v1/calls?status=teleported')).toMatchObject({
      status: 400,
      body: { errors: [{ pointer: '#/status' }] },
    });
    stop();
  });

  it('GET /v1/calls/{id} returns the call, 404 for an unknown id, and 400 for a malformed id', async () => {
    let data: unknown = GetCall.exampleOutput;
    const { stop } = await answer(rpcSubjectOf(GetCall), () => ({ ok: true, data }));
    const path = `/v1/calls/${newId('call')}`;
    expect(await gateway.api(path)).toMatchObject({ status: 200, body: GetCall.exampleOutput });
    data = null;
    expect(await gateway.api(path)).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect((await gateway.api('/v1/calls/42')).status).toBe(400);
    stop();
  });

  it('[V-13] GET /v1/calls/{id}/transcript returns the turns with their timings', async () => {
    const data = GetCallTranscript.exampleOutput;
    const { stop, asked } = await answer(rpcSubjectOf(GetCallTranscript), () => ({ ok: true, data }));
    const callId = newId('call');
    const { status, body } = await gateway.api(`/v1/calls/${callId}/transcript?limit=2&cursor=4`);
    expect([status, body]).toEqual([200, data]);
    expect(asked).toEqual([{ limit: 2, cursor: '4', callId }]);
    stop();
  });

  it('POST /v1/calls/{id}/hangup returns the call, 404 for an unknown call, and 503 while voice-bridge is unavailable', async () => {
    let data: unknown = HangUpCall.exampleOutput;
    const { stop, asked } = await answer(rpcSubjectOf(HangUpCall), () => ({ ok: true, data }));
    const callId = newId('call');
    const hangUp = () => gateway.api(`/v1/calls/${callId}/hangup`, undefined, { method: 'POST' });
    expect(await hangUp()).toMatchObject({ status: 200, body: HangUpCall.exampleOutput });
    expect(asked).toEqual([{ requestId: expect.stringMatching(/^req_/), callId }]);
    data = null;
    expect(await hangUp()).toMatchObject({ status: 404 });
    stop();
    expect(await hangUp()).toMatchObject({ status: 503, body: { retryable: true } });
  });

  it('an API key with only the scope calls:read can list calls, but cannot hang up or list conversations', async () => {
    const key = 'pk_test_reads_calls';
    await gateway.get(ApiKeyStore).put(key, { name: 'calls', scopes: ['calls:read'] });
    const { stop } = await answer(rpcSubjectOf(ListCalls), () => ({
      ok: true,
      data: ListCalls.exampleOutput,
    }));
    expect((await gateway.api('/v1/calls', key)).status).toBe(200);
    const path = `/v1/calls/${newId('call')}/hangup`;
    expect((await gateway.api(path, key, { method: 'POST' })).status).toBe(403);
    expect((await gateway.api('/v1/conversations', key)).status).toBe(403);
    stop();
  });
});

describe('[P-03] GET /v1/events', () => {
  it('GET /v1/events returns the event log and passes its filters to the orchestrator', async () => {
    const conversationId = newId('conv');
    const data = ListEvents.exampleOutput;
    const { stop, asked } = await answer(rpcSubjectOf(ListEvents), () => ({ ok: true, data }));
    const types = ['evt.message.sent.v1', 'evt.turn.failed.v1'];
    const query = `types=${types.join(',')}&conversationId=${conversationId}&limit=3`;
    expect(await gateway.api(`/v1/events?cursor=abc&${query}`)).toMatchObject({ status: 200, body: data });
    const since = '2026-01-02T03:04:05Z';
    expect((await gateway.api(`/v1/events?since=${since}`)).status).toBe(200);
    const repeated = Array.from({ length: 51 }, () => types[0]).join(',');
    expect((await gateway.api(`/v1/events?types=${repeated}`)).status).toBe(200);
    expect(asked).toEqual([
      { limit: 3, cursor: 'abc', types, conversationId },
      { limit: 50, since },
      { limit: 50, types: [types[0]] },
    ]);
    stop();
  });

  it.each([
    ['types=evt.message.sent.v1,evt.message.eaten.v1', '#/types/1'],
    ['types=', '#/types/0'],
    ['since=yesterday', '#/since'],
    ['since=0000-01-01T00:00:00Z', '#/since'],
    ['since=2026-01-02T03:04:05Z&cursor=abc', '#/since'],
    ['conversationId=42', '#/conversationId'],
    ['after=evt_1', '#/after'],
  ])('GET /v1/events?%s is refused with a pointer to the wrong field', async (query, pointer) => {
    const { status, body } = await gateway.api(`/v1/events?${query}`);
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: 'invalid_request', errors: [{ pointer }] });
  });

  it('GET /v1/events requires an API key with the scope events:read', async () => {
    await gateway.get(ApiKeyStore).put('pk_reads_conversations', {
      name: 'reader of conversations',
      scopes: ['conversations:read'],
    });
    expect((await gateway.api('/v1/events', null)).status).toBe(401);
    expect((await gateway.api('/v1/events', 'pk_reads_conversations')).status).toBe(403);
  });
});

describe('an API key', () => {
  it.each([null, 'pk_wrong', ''])('a request with the API key %j is refused with 401', async (key) => {
    const { status, headers, body } = await gateway.api('/v1/conversations', key);
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toContain('Bearer');
    expect(body).toMatchObject({ code: 'unauthorized', retryable: false });
  });

  it('an API key without the route’s scope is refused with 403', async () => {
    const key = 'pk_test_without_any_scope';
    await gateway.get(ApiKeyStore).put(key, { name: 'none', scopes: [] });
    const { status, headers } = await gateway.api('/v1/conversations', key);
    expect(status).toBe(403);
    expect(headers.get('www-authenticate')).toContain('insufficient_scope');
  });

  it('an API key is stored as a hash only', async () => {
    const stored = JSON.stringify(await gateway.query('SELECT * FROM api_key'));
    expect(stored).not.toContain('pk_test');
  });
});

describe('GET /v1/openapi.json', () => {
  it('openapi.json lists the problems that each route can return', async () => {
    const { body } = await gateway.api('/v1/openapi.json', null);
    const { paths, components } = body as OpenAPIObject;
    const operations = Object.values(paths).flatMap((item) => [item.get, item.post].filter((one) => !!one));
    expect(operations.length).toBeGreaterThan(10);
    for (const { responses } of operations) {
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['400', '401', '403', '500', '503']));
      for (const [status, response] of Object.entries(responses).filter(([code]) => Number(code) >= 400)) {
        expect(response).toMatchObject({
          description: expect.stringMatching(/^`\w+`: ./),
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        });
        expect(Number(status)).toBeLessThan(600);
      }
    }
    expect(paths['/v1/messages']?.post?.responses).toMatchObject({
      '409': {},
      '413': {},
      '415': {},
      '422': {},
    });
    expect(paths['/v1/calls/{id}']?.get?.responses).toHaveProperty('404');
    const { body: refusal } = await gateway.api('/v1/conversations', null);
    const { required } = components!.schemas!['Problem'] as { required: string[] };
    expect(Object.keys(refusal as object)).toEqual(expect.arrayContaining(required));
  });

  it('openapi.json needs no API key and describes the parameters and responses of every route', async () => {
    const { status, body } = await gateway.api('/v1/openapi.json', null);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      openapi: '3.1.0',
      paths: {
        '/v1/conversations': {
          get: {
            operationId: 'listConversations',
            parameters: [
              { name: 'limit', in: 'query', required: false },
              { name: 'cursor', in: 'query', required: false },
              { name: 'status', in: 'query', required: false },
              { name: 'contactId', in: 'query', required: false },
              { name: 'agentId', in: 'query', required: false },
            ],
            responses: {
              '200': {
                content: { 'application/json': { schema: { required: ['data', 'nextCursor', 'hasMore'] } } },
              },
            },
          },
        },
        '/v1/conversations/{id}/messages': { get: { operationId: 'listMessages' } },
      },
    });
    expect(body).toMatchObject({
      paths: {
        '/v1/conversations/{id}': { get: { operationId: 'getConversation' } },
        '/v1/messages': {
          post: {
            operationId: 'sendMessage',
            parameters: [{ name: 'Idempotency-Key', in: 'header', required: true }],
            requestBody: { content: { 'application/json': { schema: { required: ['text'] } } } },
            responses: { '202': { headers: { 'Idempotency-Replayed': {} } } },
          },
        },
        '/v1/messages/{id}': { get: { operationId: 'getMessage' } },
        '/v1/calls': { get: { operationId: 'listCalls' } },
        '/v1/calls/{id}': { get: { operationId: 'getCall' } },
        '/v1/calls/{id}/transcript': { get: { operationId: 'getTranscript' } },
        '/v1/calls/{id}/hangup': { post: { operationId: 'hangUpCall', responses: { '200': {} } } },
      },
    });
    expect(JSON.stringify(body)).not.toContain('webhook');
    const { servers, components } = body as OpenAPIObject;
    expect(servers).toEqual([{ url: expect.stringMatching(/^https?:\/\//) }]);
    expect(components?.securitySchemes?.['bearer']).toEqual({
      type: 'http',
      scheme: 'bearer',
      description: 'An API key',
    });
    const served = routesOf(gateway.app)
      .filter(({ path }) => path.startsWith('/v1/'))
      .map(({ method, path }) => `${method.toLowerCase()} ${path.replace(/:(\w+)/g, '{$1}')}`);
    const { paths } = body as { paths: Record<string, Record<string, { responses: object }>> };
    const described = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    expect(described.toSorted()).toEqual(served.toSorted());
    for (const operation of Object.values(paths).flatMap((operations) => Object.values(operations))) {
      expect(operation).toMatchObject({ operationId: expect.any(String), summary: expect.any(String) });
      expect(Object.keys(operation.responses).join()).toMatch(/20[0-4]/);
    }
  });
});
