import { connect } from 'node:net';

import {
  Body,
  Controller,
  Get,
  Logger,
  Module,
  Param,
  Post,
  Query,
  UnauthorizedException,
} from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { createLogger, createServiceApp, Problem, type ProblemKind, problems } from '../index.js';
import { httpLimits } from './http-limits.js';

const Note = z.object({
  to: z.string().refine((text) => text.startsWith('+'), {
    message: 'must start with +',
    params: { code: 'invalid_number' },
  }),
  parts: z.array(z.object({ text: z.string().min(1) })),
});
const Page = z.object({ limit: z.coerce.number().int().max(100).default(20) });
const blocked: ProblemKind = {
  code: 'blocked',
  status: 422,
  title: 'This number is blocked',
  retryable: false,
};

class StoreAway extends Error {}

@Controller('notes')
class NotesController {
  @Post()
  create(@Body({ schema: Note }) note: z.output<typeof Note>) {
    return note;
  }

  @Get()
  list(@Query({ schema: Page }) page: z.output<typeof Page>) {
    return page;
  }

  @Get('fail/:how')
  fail(@Param('how') how: string): void {
    if (how === 'unauthorized') throw new UnauthorizedException('no');
    if (how === 'blocked')
      throw new Problem(blocked, { detail: 'Why', providerCode: '21610', retryAfterSeconds: 7 });
    if (how === 'store') throw new StoreAway('down');
    throw new Error('the number +15550100001 broke it');
  }
}

@Module({ controllers: [NotesController] })
class NotesModule {}

const logged: string[] = [];
let app: NestFastifyApplication;
let origin: string;

beforeAll(async () => {
  const logger = createLogger(
    'notes',
    { LOG_LEVEL: 'info', LOG_FORMAT: 'json' },
    { write: (line) => logged.push(line) },
  );
  app = await createServiceApp(
    {
      module: NotesModule,
      problemOf: (error) =>
        error instanceof StoreAway ? new Problem(problems.unavailable, { cause: error }) : undefined,
    },
    logger,
  );
  await app.listen(0, '127.0.0.1');
  origin = await app.getUrl();
});

afterAll(async () => {
  await app.close();
  Logger.overrideLogger(false);
});

const json = { 'content-type': 'application/json' };
const post = (body: string, headers: Record<string, string> = json): RequestInit => ({
  method: 'POST',
  headers,
  body,
});

describe('an HTTP error', () => {
  it.each<[string, string, RequestInit, number, string]>([
    ['an unknown path', '/nothing', {}, 404, 'not_found'],
    ['a method that the path does not have', '/notes', { method: 'DELETE' }, 405, 'method_not_allowed'],
    [
      'a wrong content type',
      '/notes',
      post('x', { 'content-type': 'text/csv' }),
      415,
      'unsupported_media_type',
    ],
    ['broken JSON', '/notes', post('{"to":'), 400, 'invalid_request'],
    ['a poisoned prototype', '/notes', post('{"__proto__":{"a":1}}'), 400, 'invalid_request'],
    ['an empty body', '/notes', post(''), 400, 'invalid_request'],
    ['a body of the wrong shape', '/notes', post('[]'), 422, 'validation_failed'],
    ['a huge body', '/notes', post('x'.repeat(httpLimits.bodyLimitBytes + 1)), 413, 'payload_too_large'],
    ['a wrong query', '/notes?limit=1000', {}, 400, 'invalid_request'],
    ['a broken path', '/notes/%ff', {}, 400, 'invalid_request'],
    ['a NUL character in a path', '/notes/fail/a%00b', {}, 400, 'invalid_request'],
    ['a NUL character in a query', '/notes?limit=%00', {}, 400, 'invalid_request'],
    [
      'a body that is not UTF-8',
      '/notes',
      { ...post(''), body: Buffer.from('{"to":"+\xff","parts":[]}', 'latin1') },
      400,
      'invalid_request',
    ],
    [
      'a body in another alphabet',
      '/notes',
      post('{"to":"+1","parts":[]}', { 'content-type': 'application/json; charset=latin1' }),
      415,
      'unsupported_media_type',
    ],
    [
      'a body with content-encoding gzip',
      '/notes',
      post('{"to":"+1","parts":[]}', { ...json, 'content-encoding': 'gzip' }),
      415,
      'unsupported_media_type',
    ],
    ["Nest's own exception", '/notes/fail/unauthorized', {}, 401, 'unauthorized'],
    ['a refusal of the service', '/notes/fail/blocked', {}, 422, 'blocked'],
    ['an outage', '/notes/fail/store', {}, 503, 'unavailable'],
    ['a bug', '/notes/fail/bug', {}, 500, 'internal_error'],
  ])('the response to %s is problem details', async (_, path, request, status, code) => {
    const response = await fetch(`${origin}${path}`, request);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(await response.json()).toMatchObject({
      type: `urn:parley:problem:${code}`,
      title: expect.any(String),
      status,
      code,
      retryable: status >= 500,
      requestId: expect.stringMatching(/^req_/),
    });
  });

  it.each(['{"to":', '', '{"__proto__":{"a":1}}'])(
    'the problem for the body %j explains that it is not JSON',
    async (body) => {
      const response = await fetch(`${origin}/notes`, post(body));
      expect(await response.json()).toMatchObject({
        code: 'invalid_request',
        detail: expect.stringContaining('json'),
      });
    },
  );

  it('a validation error points to each wrong field', async () => {
    const response = await fetch(`${origin}/notes`, post('{"to":"1","parts":[{"text":"a"},{"text":""},{}]}'));
    expect(await response.json()).toMatchObject({
      errors: [
        { pointer: '#/to', code: 'invalid_number', detail: 'must start with +' },
        { pointer: '#/parts/1/text', code: 'too_small' },
        { pointer: '#/parts/2/text', code: 'invalid_type' },
      ],
    });
  });

  it('an error response has the detail, code and headers of the problem that the service throws', async () => {
    const response = await fetch(`${origin}/notes/fail/blocked`);
    expect(response.headers.get('retry-after')).toBe('7');
    expect(await response.json()).toMatchObject({
      title: blocked.title,
      detail: 'Why',
      providerCode: '21610',
    });
  });

  it('a 405 response names the allowed methods', async () => {
    const response = await fetch(`${origin}/notes`, { method: 'PUT' });
    expect(response.headers.get('allow')?.split(', ').toSorted()).toEqual(['GET', 'HEAD', 'POST']);
  });

  it('a 401 response has WWW-Authenticate: Bearer', async () => {
    const response = await fetch(`${origin}/notes/fail/unauthorized`);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
  });

  it('an unexpected error is logged with its request id and without a phone number, and the client sees neither cause nor message', async () => {
    logged.length = 0;
    const body = await (await fetch(`${origin}/notes/fail/bug`)).text();
    expect(body).not.toMatch(/broke|15550100001/);
    const { requestId } = JSON.parse(body);
    expect(logged).toHaveLength(1);
    expect(JSON.parse(logged[0]!)).toMatchObject({
      level: 'error',
      requestId,
      route: '/notes/fail/:how',
      err: { message: 'the number +… broke it' },
    });
  });

  it('an error response with a 4xx status is not logged', async () => {
    logged.length = 0;
    await fetch(`${origin}/notes`, post('{'));
    expect(logged).toEqual([]);
  });

  it.each([
    ['broken HTTP', 'NOT HTTP AT ALL\r\n\r\n', 400, 'invalid_request'],
    [
      'huge headers',
      `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers_too_large',
    ],
  ])('the response to %s is problem details', async (_, request, status, code) => {
    const answer = await exchange(request);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))).toMatchObject({ status, code });
  });
});

describe('a request of the right shape', () => {
  it('a valid request reaches its handler parsed', async () => {
    expect(await (await fetch(`${origin}/notes`)).json()).toEqual({ limit: 20 });
    const note = { to: '+1', parts: [{ text: 'a' }] };
    const response = await fetch(`${origin}/notes`, post(JSON.stringify({ ...note, unknown: true })));
    expect([response.status, await response.json()]).toEqual([201, note]);
  });
});

function exchange(request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(new URL(origin).port), '127.0.0.1', () => socket.write(request));
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => (answer += chunk));
    socket.on('close', () => resolve(answer));
    socket.on('error', reject);
  });
}
