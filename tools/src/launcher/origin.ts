import type { IncomingMessage } from 'node:http';
import { connect, createServer } from 'node:net';
import type { Duplex } from 'node:stream';
import httpProxy from '@fastify/http-proxy';
import { hasErrorCode } from '@parley/local-stack';
import fastify, { type FastifyInstance } from 'fastify';
import { LOCAL_ORIGIN_HEADER, isLocalUnsignedVisit } from './local-origin.js';

const UPSTREAM_TIMEOUT_MS = 60_000;

/** Something else listens on the port that we were to use. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
  constructor(readonly port: number) {
    super(`Port ${port} is taken. Choose another one: WEBHOOK_PORT=${port + 1} npm start`);
  }
}

export interface OriginOptions {
  port: number;
  /** `localhost` listens on both loopback addresses. */
  host: string;
  /** Who serves this path; `undefined` while there is nobody yet. */
  upstream: (path: string) => string | undefined;
  /** Passed on with unsigned requests of this machine (simulator mode only). */
  localOriginSecret?: string | undefined;
}

/** The one address of a local Parley, which routes as an ingress does. Throws PortTakenError. */
export async function startOrigin(options: OriginOptions): Promise<FastifyInstance> {
  const { port, host, upstream, localOriginSecret } = options;
  await refuseTakenPort(port, host);
  const app = fastify({ logger: false, forceCloseConnections: true });
  app.addHook('onRequest', async (request, reply) => {
    if (upstream(request.url)) return;
    await reply
      .code(503)
      .header('retry-after', '2')
      .type('application/problem+json')
      .send({ type: 'about:blank', title: 'Parley is starting', status: 503, code: 'starting' });
  });
  await app.register(httpProxy, {
    upstream: '',
    replyOptions: {
      getUpstream: (request) => upstream(request.raw.url ?? '/') ?? '',
      rewriteRequestHeaders: (request, headers) => {
        const { [LOCAL_ORIGIN_HEADER]: _forged, ...others } = headers;
        const { socket, headers: received } = request.raw;
        const isTrusted =
          localOriginSecret !== undefined &&
          isLocalUnsignedVisit({ remoteAddress: socket.remoteAddress, headers: received });
        return isTrusted ? { ...others, [LOCAL_ORIGIN_HEADER]: localOriginSecret } : others;
      },
    },
    retryMethods: [],
    undici: { headersTimeout: UPSTREAM_TIMEOUT_MS, bodyTimeout: UPSTREAM_TIMEOUT_MS },
  });
  app.server.on('upgrade', (request, socket, head) => passUpgradeOn(request, socket, head, upstream));
  try {
    await app.listen({ port, host });
  } catch (error) {
    await app.close();
    throw hasErrorCode(error, 'EADDRINUSE') ? new PortTakenError(port) : error;
  }
  return app;
}

/** Calls are voice-bridge's, as the ingress routes them; everything else is the gateway's. */
export function serviceOf(path: string): string {
  return /^\/(?:webhooks\/twilio\/voice|webhook\/voice|media)(?:[/?]|$)/.test(path)
    ? 'voice-bridge'
    : 'sms-gateway';
}

/** A socket's first request goes on as it came, and so does every byte after it. */
function passUpgradeOn(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
  upstream: OriginOptions['upstream'],
): void {
  const target = upstream(request.url ?? '/');
  if (!target) return void socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n');
  const { hostname, port } = new URL(target);
  const other = connect(Number(port), hostname, () => {
    const headers = request.rawHeaders.flatMap((name, index, all) =>
      index % 2 === 0 ? [`${name}: ${all[index + 1]}\r\n`] : [],
    );
    other.write(`${request.method} ${request.url} HTTP/1.1\r\n${headers.join('')}\r\n`);
    other.write(head);
    socket.pipe(other).pipe(socket);
  });
  const end = (): void => {
    socket.destroy();
    other.destroy();
  };
  for (const side of [socket, other]) side.on('error', end).on('close', end);
}

/** Listening on `localhost` is content with one of its two addresses; a request would then reach somebody else. */
async function refuseTakenPort(port: number, host: string): Promise<void> {
  const addresses = host === 'localhost' ? ['127.0.0.1', '::1'] : [host];
  for (const address of addresses) {
    const error = await new Promise<unknown>((resolve) => {
      const probe = createServer();
      probe.once('error', resolve);
      probe.listen(port, address, () => probe.close(() => resolve(undefined)));
    });
    if (hasErrorCode(error, 'EADDRINUSE')) throw new PortTakenError(port);
  }
}
