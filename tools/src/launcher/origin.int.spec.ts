import { once } from 'node:events';
import { type IncomingHttpHeaders, type Server, createServer, request } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { freePort } from '@parley/local-stack';
import { httpLimits } from '@parley/service-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LOCAL_ORIGIN_HEADER } from './local-origin.js';
import { ORIGIN_LIMITS, type Origin, PortTakenError, startOrigin } from './origin.js';

interface Seen {
  method?: string | undefined;
  url?: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

describe('the local origin', () => {
  let upstream: Server;
  let upstreamUrl: string | undefined;
  let origin: Origin;
  let port: number;
  let seen: Seen[];

  async function open(localOriginSecret?: string, limits = ORIGIN_LIMITS): Promise<void> {
    const upstreamOf = () => upstreamUrl;
    origin = await startOrigin({ port, host: 'localhost', upstream: upstreamOf, localOriginSecret, limits });
  }

  function post(headers: Record<string, string> = {}, body = 'From=%2B1&Body=Hi'): Promise<number> {
    return new Promise((resolve, reject) => {
      const type = { 'content-type': 'application/x-www-form-urlencoded' };
      const options = {
        port,
        host: '127.0.0.1',
        path: '/webhook/sms?a=b',
        method: 'POST',
        headers: { ...type, ...headers },
      };
      request(options, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      })
        .on('error', reject)
        .end(body);
    });
  }

  beforeEach(async () => {
    seen = [];
    port = await freePort();
    upstream = createServer((received, response) => {
      let body = '';
      received.on('data', (chunk: Buffer) => (body += chunk.toString()));
      received.on('end', () => {
        seen.push({ method: received.method, url: received.url, headers: received.headers, body });
        response.writeHead(202).end();
      });
    });
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    const address: AddressInfo | string | null = upstream.address();
    upstreamUrl = typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : undefined;
  });
  afterEach(async () => {
    await origin?.close();
    upstream.closeAllConnections();
    upstream.close();
  });

  it('the origin forwards requests byte for byte', async () => {
    await open();
    expect(await post({ 'x-twilio-signature': 's' })).toBe(202);
    expect(seen).toMatchObject([
      {
        method: 'POST',
        url: '/webhook/sms?a=b',
        body: 'From=%2B1&Body=Hi',
        headers: { 'x-twilio-signature': 's' },
      },
    ]);
  });

  it('the origin marks only unsigned requests from this machine, and removes a mark that a client sends', async () => {
    await open('secret');
    await post({ host: 'localhost:4000' });
    await post({ host: 'localhost:4000', 'x-twilio-signature': 's', [LOCAL_ORIGIN_HEADER]: 'secret' });
    await post({ host: 'parley.example', [LOCAL_ORIGIN_HEADER]: 'forged' });
    expect(seen.map(({ headers }) => headers[LOCAL_ORIGIN_HEADER])).toEqual(['secret', undefined, undefined]);
  });

  it('an origin without the local secret marks no request', async () => {
    await open();
    await post({ host: 'localhost:4000', [LOCAL_ORIGIN_HEADER]: 'forged' });
    expect(seen[0]?.headers).not.toHaveProperty(LOCAL_ORIGIN_HEADER);
  });

  it('the origin answers 503 while the gateway starts and while it is unavailable', async () => {
    const gateway = upstreamUrl;
    upstreamUrl = undefined;
    await open();
    expect(await post()).toBe(503);
    upstreamUrl = gateway;
    await new Promise((resolve) => upstream.close(resolve));
    expect(await post()).toBe(503);
  });

  /** Sends bytes, and returns what the origin answers until it closes the connection. */
  function say(bytes: string): Promise<string> {
    return new Promise((resolve) => {
      let heard = '';
      const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
      socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
      socket.on('close', () => resolve(heard));
    });
  }
  const impatient = {
    ...ORIGIN_LIMITS,
    headersTimeoutMs: 200,
    requestTimeoutMs: 400,
    connectionCheckIntervalMs: 50,
  };

  it('the origin has the same HTTP limits as the services', () => {
    expect(httpLimits).toMatchObject(ORIGIN_LIMITS);
  });

  it.each([
    ['nothing', '', ''],
    ['half a header', 'POST /webhook/sms HTTP/1.1\r\nHost: a', '408'],
    ['half a body', 'POST /webhook/sms HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nFrom', '408'],
    ['no HTTP', 'hello\r\n\r\n', '400'],
    ['a huge header', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, '431'],
  ])('the origin closes the connection of a client that sends %s', async (_what, bytes, status) => {
    await open(undefined, impatient);
    expect(await say(bytes)).toContain(status);
    expect(seen).toEqual([]);
  });

  it('slow request bodies do not delay other requests', async () => {
    await open();
    const slow = Array.from({ length: 200 }, () => {
      const socket = connect(port, '127.0.0.1', () =>
        socket.write('POST /webhook/sms HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\nFrom'),
      );
      return socket.on('error', () => undefined);
    });
    try {
      expect(await post()).toBe(202);
      expect(seen).toHaveLength(1);
    } finally {
      slow.forEach((socket) => socket.destroy());
    }
  });

  it.each(['with its length given', 'in chunks'])(
    'the origin refuses a body over the limit, %s',
    async (how) => {
      await open();
      const body = 'x'.repeat(ORIGIN_LIMITS.bodyLimitBytes + 1);
      expect(await post(how === 'in chunks' ? { 'transfer-encoding': 'chunked' } : {}, body)).toBe(413);
      expect(seen).toEqual([]);
    },
  );

  it('the origin forwards a POST without a body as an empty body, not as chunks', async () => {
    await open();
    const socket = connect(port, '127.0.0.1');
    socket.end('POST /v1/calls/call_1/hangup HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
    await once(socket.resume(), 'close');
    expect(seen).toMatchObject([{ method: 'POST', body: '', headers: { 'content-length': '0' } }]);
    expect(seen[0]?.headers).not.toHaveProperty('transfer-encoding');
  });

  it('the origin answers Expect: 100-continue and forwards the request without that header', async () => {
    await open();
    expect(await post({ expect: '100-continue' })).toBe(202);
    expect(seen[0]).toMatchObject({ body: 'From=%2B1&Body=Hi' });
    expect(seen[0]?.headers).not.toHaveProperty('expect');
  });

  it.each(['/webhooks/twilio/voice/resume?callId=call_1', '/webhooks/twilio/voice', '/webhook/voice'])(
    'the origin apologises to a caller when no service answers %s',
    async (path) => {
      await open();
      await new Promise((resolve) => upstream.close(resolve));
      const url = `http://127.0.0.1:${port}${path}`;
      const answer = await fetch(url, { method: 'POST', body: 'CallSid=CA1' });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toContain('text/xml');
      expect(await answer.text()).toMatch(/<Say>.+<\/Say><Hangup\/>/);
      expect((await fetch(url)).status).toBe(503);
      expect(
        (await fetch(`http://127.0.0.1:${port}/webhooks/twilio/voice/status`, { method: 'POST' })).status,
      ).toBe(503);
    },
  );

  it.each(['127.0.0.1', '::1'])('the origin does not start if its port is in use on %s', async (address) => {
    const other = createTcpServer();
    await new Promise<void>((resolve) => other.listen(port, address, resolve));
    try {
      await expect(open()).rejects.toThrow(PortTakenError);
    } finally {
      other.close();
    }
  });

  it('the origin forwards a WebSocket upgrade and every byte after it in both directions', async () => {
    const asked: string[] = [];
    upstream.on('upgrade', (received, socket, head: Buffer) => {
      asked.push(`${received.url} ${String(received.headers['x-twilio-signature'])}`);
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n');
      socket.write(head);
      socket.pipe(socket);
    });
    await open();
    const echoed = await new Promise<string>((resolve, reject) => {
      const headers = { connection: 'Upgrade', upgrade: 'echo', 'x-twilio-signature': 'signed' };
      request({ port, host: '127.0.0.1', path: '/media/call_1/token', headers })
        .on('upgrade', (_response, socket) => {
          socket.on('data', (data: Buffer) => {
            resolve(data.toString());
            socket.destroy();
          });
          socket.write('hello');
        })
        .on('error', reject)
        .end();
    });
    expect(echoed).toBe('hello');
    expect(asked).toEqual(['/media/call_1/token signed']);
  });
});
