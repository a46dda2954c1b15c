import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';

import { withRequestDeadline } from './request-deadline.js';
import { twilioClient, type TwilioClientOptions } from './twilio-client.js';
import { twilioFailureOf } from './twilio-failure.js';

const ACCOUNT = `AC${'a'.repeat(32)}`;
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

interface Seen {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  readonly port: number | undefined;
}

type Handler = (response: ServerResponse, request: IncomingMessage) => void;

/** A stand-in for Twilio's hosts that records the requests it receives. */
async function serve(answer: Handler): Promise<{ baseUrl: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8');
    request.on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      const { method, url, headers, socket } = request;
      seen.push({ method, url, headers, body, port: socket.remotePort });
      answer(response, request);
    });
  });
  return { baseUrl: `http://127.0.0.1:${await listen(server)}`, seen };
}

async function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    if ('closeAllConnections' in server) server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const address = server.address();
  return typeof address === 'object' ? address!.port : 0;
}

const basic = (token: string) => `Basic ${Buffer.from(`${ACCOUNT}:${token}`).toString('base64')}`;

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Handler =>
  (response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

const client = (baseUrl: string, options: Partial<TwilioClientOptions> = {}) =>
  twilioClient({
    accountSid: ACCOUNT,
    credentials: { authToken: 'token' },
    timeoutMs: 2_000,
    baseUrl,
    ...options,
  });

const text = { to: '+15550100001', from: '+15550100000', body: 'Grüße 👋 & more' };

async function failureOf(work: Promise<unknown>) {
  return twilioFailureOf(
    await work.then(
      () => undefined,
      (error: unknown) => error,
    ),
  );
}

describe("Twilio's client", () => {
  it('Twilio’s client sends a message to the configured base URL, below a path named after Twilio’s host', async () => {
    const { baseUrl, seen } = await serve(json(201, { sid: 'SM1', status: 'queued' }));
    const twilio = await client(`${baseUrl}/`);
    const message = await twilio.messages.create({
      ...text,
      mediaUrl: ['https://a.example/1', 'https://a.example/2'],
    });
    expect(message.sid).toBe('SM1');
    expect(seen).toHaveLength(1);
    expect(seen[0]).toMatchObject({
      method: 'POST',
      url: `/api/2010-04-01/Accounts/${ACCOUNT}/Messages.json`,
    });
    expect(seen[0]!.headers.authorization).toBe(
      `Basic ${Buffer.from(`${ACCOUNT}:token`).toString('base64')}`,
    );
    expect(Array.from(new URLSearchParams(seen[0]!.body)).toSorted(([a], [b]) => (a < b ? -1 : 1))).toEqual([
      ['Body', text.body],
      ['From', text.from],
      ['MediaUrl', 'https://a.example/1'],
      ['MediaUrl', 'https://a.example/2'],
      ['To', text.to],
    ]);
  });

  it('Twilio’s client stays with the next token after Twilio refused the present one in two concurrent requests', async () => {
    const { baseUrl, seen } = await serve((response, request) =>
      request.headers.authorization === basic('next')
        ? json(201, { sid: 'SM1' })(response, request)
        : json(401, { code: 20003 })(response, request),
    );
    const credentials = { authToken: 'present', nextAuthToken: 'next' };
    const twilio = await client(baseUrl, { credentials });
    await Promise.all([twilio.messages.create(text), twilio.messages.create(text)]);
    seen.length = 0;
    await twilio.messages.create(text);
    expect(seen.map(({ headers }) => headers.authorization)).toEqual([basic('next')]);
  });

  it('Twilio’s client switches to the next token when Twilio refuses the present token', async () => {
    let valid = 'present';
    const { baseUrl, seen } = await serve((response, request) =>
      request.headers.authorization === basic(valid)
        ? json(201, { sid: 'SM1' })(response, request)
        : json(401, { code: 20003 })(response, request),
    );
    const credentials = { authToken: 'present', nextAuthToken: 'next' };
    const twilio = await client(baseUrl, { credentials });
    await twilio.messages.create(text);
    valid = 'next';
    await twilio.messages.create(text);
    await twilio.messages.create(text);
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(
      ['present', 'present', 'next', 'next'].map(basic),
    );
    valid = 'neither';
    expect(await failureOf(twilio.messages.create(text))).toMatchObject({ kind: 'rejected', code: 20003 });
  });

  it('Twilio’s client sends list filters in the query, and reaches Twilio’s other hosts', async () => {
    const { baseUrl, seen } = await serve((response, request) =>
      json(
        200,
        request.url!.startsWith('/api') ? { messages: [{ sid: 'SM1', to: text.to }] } : { sid: 'MG1' },
      )(response, request),
    );
    const twilio = await client(baseUrl);
    const [message] = await twilio.messages.list({ to: text.to, limit: 1 });
    expect(message?.to).toBe(text.to);
    await twilio.messaging.v1.services('MG1').fetch();
    expect(seen.map(({ url }) => url)).toEqual([
      `/api/2010-04-01/Accounts/${ACCOUNT}/Messages.json?To=%2B15550100001&PageSize=1`,
      '/messaging/v1/Services/MG1',
    ]);
  });

  it('Twilio’s client authenticates with an API key', async () => {
    const { baseUrl, seen } = await serve(json(201, { sid: 'SM1' }));
    const twilio = await client(baseUrl, { credentials: { apiKey: 'SK1', apiSecret: 'secret' } });
    await twilio.messages.create(text);
    expect(seen[0]!.url).toContain(ACCOUNT);
    expect(seen[0]!.headers.authorization).toBe(`Basic ${Buffer.from('SK1:secret').toString('base64')}`);
  });

  it('Twilio’s client reuses its connection', async () => {
    const { baseUrl, seen } = await serve(json(201, { sid: 'SM1' }));
    const twilio = await client(baseUrl);
    for (let sent = 0; sent < 3; sent++) await twilio.messages.create(text);
    expect(new Set(seen.map(({ port }) => port)).size).toBe(1);
  });
});

describe('a request that failed', () => {
  it.each<[string, Handler, unknown]>([
    [
      'a refusal',
      json(400, { code: 21211, message: 'Invalid number', status: 400 }),
      { kind: 'rejected', status: 400, code: 21211, detail: 'Invalid number' },
    ],
    [
      'wrong credentials',
      json(401, { code: 20003, message: 'Authenticate' }),
      { kind: 'rejected', status: 401, code: 20003, detail: 'Authenticate' },
    ],
    [
      'a refusal by a proxy',
      (response) => response.writeHead(403).end('<html>'),
      { kind: 'rejected', status: 403 },
    ],
    [
      'a rate limit',
      json(429, { code: 20429 }, { 'retry-after': '3' }),
      { kind: 'not-processed', reason: 'HTTP 429', retryAfterMs: 3_000 },
    ],
    ['a rate limit without a time', json(429, {}), { kind: 'not-processed', reason: 'HTTP 429' }],
    ['a server error', json(500, { code: 20500 }), { kind: 'unknown', reason: 'HTTP 500' }],
    [
      'an unavailable server',
      (response) => response.writeHead(503).end(),
      { kind: 'unknown', reason: 'HTTP 503' },
    ],
    [
      'a redirect',
      (response) => response.writeHead(307, { location: '/' }).end(),
      { kind: 'unknown', reason: 'HTTP 307' },
    ],
    [
      'a success that is not JSON',
      (response) => response.writeHead(201).end('<html>'),
      { kind: 'unknown', reason: 'an answer that is not JSON' },
    ],
    [
      'a reset after the request',
      (response) => response.socket!.resetAndDestroy(),
      { kind: 'unknown', reason: 'ECONNRESET' },
    ],
    [
      'an answer that is cut off',
      (response) =>
        void response.writeHead(201, { 'content-length': '99' }).write('{', () => response.socket!.destroy()),
      { kind: 'unknown', reason: 'ECONNRESET' },
    ],
  ])(
    'a request to Twilio that fails with %s reports whether it had an effect, and is never repeated',
    async (_, answer, failure) => {
      const { baseUrl, seen } = await serve(answer);
      const twilio = await client(baseUrl);
      expect(await failureOf(twilio.messages.create(text))).toEqual(failure);
      expect(seen).toHaveLength(1);
    },
  );

  it('a request to Twilio without an answer has an unknown outcome at its time-out', async () => {
    const { baseUrl, seen } = await serve(() => undefined);
    const twilio = await client(baseUrl, { timeoutMs: 3_000 });
    expect(await failureOf(twilio.messages.create(text))).toEqual({ kind: 'unknown', reason: 'DEADLINE' });
    expect(seen).toHaveLength(1);
  });

  it('a request to Twilio whose answer arrives too slowly has an unknown outcome at its time-out', async () => {
    const { baseUrl } = await serve((response) => {
      response.writeHead(201);
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
    });
    const twilio = await client(baseUrl, { timeoutMs: 3_000 });
    expect(await failureOf(twilio.messages.create(text))).toEqual({ kind: 'unknown', reason: 'DEADLINE' });
  });

  it('a request to Twilio at a closed port was not processed', async () => {
    const server = createTcpServer();
    const port = await listen(server);
    await closers.pop()!();
    const twilio = await client(`http://127.0.0.1:${port}`);
    expect(await failureOf(twilio.messages.create(text))).toEqual({
      kind: 'not-processed',
      reason: 'ECONNREFUSED',
    });
  });

  it('a request to Twilio that failed in its TLS handshake was not processed', async () => {
    const port = await listen(
      createTcpServer((socket) => socket.on('error', () => undefined).resetAndDestroy()),
    );
    const twilio = await client(`https://127.0.0.1:${port}`);
    expect(await failureOf(twilio.messages.create(text))).toMatchObject({
      kind: 'not-processed',
      reason: 'ECONNRESET',
    });
  });

  it('a request to Twilio whose TLS handshake took too long was not processed', async () => {
    const port = await listen(
      createTcpServer((socket) => closers.unshift(async () => void socket.destroy())),
    );
    const twilio = await client(`https://127.0.0.1:${port}`, { timeoutMs: 150 });
    expect(await failureOf(twilio.messages.create(text))).toEqual({
      kind: 'not-processed',
      reason: 'DEADLINE',
    });
  });

  it('a request whose deadline passed before the write never reaches Twilio, even on an open connection', async () => {
    const { baseUrl, seen } = await serve(json(201, { sid: 'SM1' }));
    const twilio = await client(baseUrl);
    await twilio.messages.create(text);
    const late = withRequestDeadline(performance.now() - 1, () => twilio.messages.create(text));
    expect(await failureOf(late)).toEqual({ kind: 'not-processed', reason: 'DEADLINE' });
    expect(seen).toHaveLength(1);
  });

  it('a request of a process that froze between connecting and writing never reaches Twilio', async () => {
    const { baseUrl, seen } = await serve(json(201, { sid: 'SM1' }));
    const twilio = await client(baseUrl);
    const attempt = withRequestDeadline(performance.now() + 100, () => twilio.messages.create(text));
    const wokeAt = performance.now() + 200;
    while (performance.now() < wokeAt);
    expect(await failureOf(attempt)).toEqual({ kind: 'not-processed', reason: 'DEADLINE' });
    expect(seen).toEqual([]);
  });

  it('a printed failure of a request to Twilio shows neither the text nor the credentials', async () => {
    const { baseUrl } = await serve(json(500, {}));
    const twilio = await client(baseUrl);
    const error: unknown = await twilio.messages.create(text).then(
      () => undefined,
      (caught: unknown) => caught,
    );
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toMatch(/Gr|token|Basic/);
  });
});
