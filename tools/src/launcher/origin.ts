import { type IncomingMessage, type Server, type ServerResponse, createServer, request } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { hasErrorCode } from '@parley/local-stack';
import { LOCAL_ORIGIN_HEADER, isDirectLocalRequest } from './local-origin.js';
import {
  answerBrokenRequest,
  answerUnavailable,
  sendOriginProblem,
  originProblems,
} from './origin-answers.js';
import { forwardUpgrade } from './forward-upgrade.js';

/** The limits of the services (`http-limits.ts` of the service kit), because this address may be public. */
export const ORIGIN_LIMITS = {
  bodyLimitBytes: 256 * 1024,
  maxHeaderBytes: 16 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 15_000,
  connectionCheckIntervalMs: 2_000,
  keepAliveTimeoutMs: 72_000,
};
const UPSTREAM_TIMEOUT_MS = 60_000;

/** Headers that belong to one connection and are not forwarded; Node has already answered `expect`. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
]);

/** Requests with these methods have no body. */
const BODILESS = new Set(['GET', 'HEAD']);

/** Another program listens on the port. */
export class PortTakenError extends Error {
  override readonly name = 'PortTakenError';
  constructor(readonly port: number) {
    super(`Port ${port} is in use. Choose another port: WEBHOOK_PORT=${port + 1} npm start`);
  }
}

export interface OriginOptions {
  port: number;
  /** `localhost` listens on both loopback addresses. */
  host: string;
  /** The URL of the service that serves a path; `undefined` while Parley starts. */
  upstream: (path: string) => string | undefined;
  /** Added to unsigned requests from this machine, only while Twilio is simulated. */
  localOriginSecret?: string | undefined;
  /** For tests. */
  limits?: typeof ORIGIN_LIMITS;
}

/** A running origin. */
export interface Origin {
  /** Accepts no more requests and closes all connections. */
  close: () => Promise<void>;
}

/**
 * Starts the one address of a local Parley, which routes like an ingress. It reads a request completely before it
 * forwards it, so that slow and endless requests do not reach the services.
 * @throws PortTakenError
 */
export async function startOrigin(options: OriginOptions): Promise<Origin> {
  const { port, host, upstream, limits = ORIGIN_LIMITS } = options;
  await refuseTakenPort(port, host);
  const handle = (received: IncomingMessage, response: ServerResponse): void =>
    void serve(received, response, { ...options, limits });
  // Node listens on one address of `localhost` only.
  const addresses = host === 'localhost' ? ['127.0.0.1', '::1'] : [host];
  const servers = await Promise.all(
    addresses.map((address) => listen(serverWith(limits, handle, upstream), port, address)),
  );
  return {
    close: async () => {
      await Promise.all(servers.map(closed));
    },
  };
}

function serverWith(
  limits: typeof ORIGIN_LIMITS,
  handle: (received: IncomingMessage, response: ServerResponse) => void,
  upstream: OriginOptions['upstream'],
): Server {
  const server = createServer(
    {
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: limits.connectionCheckIntervalMs,
    },
    handle,
  );
  server.on('clientError', answerBrokenRequest);
  server.on('upgrade', (received, socket, head) => forwardUpgrade(received, socket, head, upstream));
  return server;
}

async function serve(
  received: IncomingMessage,
  response: ServerResponse,
  options: OriginOptions & { limits: typeof ORIGIN_LIMITS },
): Promise<void> {
  const target = options.upstream(received.url ?? '/');
  if (!target) return answerUnavailable(received, response, originProblems.starting);
  const body = await bodyOf(received, options.limits.bodyLimitBytes);
  if (body === 'aborted') return;
  if (body === 'too-large') return sendOriginProblem(response, originProblems.payloadTooLarge);
  forward(received, body, response, new URL(target), options.localOriginSecret);
}

function bodyOf(received: IncomingMessage, limitBytes: number): Promise<Buffer | 'too-large' | 'aborted'> {
  return new Promise((resolve) => {
    if (Number(received.headers['content-length'] ?? 0) > limitBytes) return resolve('too-large');
    const chunks: Buffer[] = [];
    let bytes = 0;
    received.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > limitBytes) resolve('too-large');
      else chunks.push(chunk);
    });
    received.once('end', () => resolve(Buffer.concat(chunks)));
    received.once('error', () => resolve('aborted'));
    received.once('close', () => resolve('aborted'));
  });
}

/** Opens a connection for each request: a service that stops could close a reused connection with a request on it. */
function forward(
  received: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  { hostname, port }: URL,
  secret: string | undefined,
): void {
  const { method, url: path } = received;
  const headers = headersFor(received, body, secret);
  const options = { hostname, port, method, path, headers, agent: false, timeout: UPSTREAM_TIMEOUT_MS };
  const passed = request(options, (answer) => {
    response.writeHead(answer.statusCode ?? 502, endToEnd(answer.rawHeaders));
    answer.pipe(response);
    answer.once('error', () => response.destroy());
  });
  passed.once('timeout', () => passed.destroy());
  passed.once('error', () => {
    if (response.headersSent) response.destroy();
    else answerUnavailable(received, response, originProblems.unavailable);
  });
  response.once('close', () => passed.destroy());
  passed.end(body);
}

function headersFor(received: IncomingMessage, body: Buffer, secret: string | undefined): string[] {
  const { method, socket, headers, rawHeaders } = received;
  const kept = endToEnd(rawHeaders, new Set([LOCAL_ORIGIN_HEADER, 'content-length']));
  // Node sends a POST without a length in chunks, and a service then requires the content type of the empty body.
  if (body.length > 0 || !BODILESS.has(method ?? '')) kept.push('content-length', String(body.length));
  const isTrusted =
    secret !== undefined && isDirectLocalRequest({ remoteAddress: socket.remoteAddress, headers });
  if (isTrusted) kept.push(LOCAL_ORIGIN_HEADER, secret);
  return kept;
}

/** Returns the headers to forward, in which names and values alternate as in Node's `rawHeaders`. */
function endToEnd(rawHeaders: readonly string[], left: ReadonlySet<string> = new Set()): string[] {
  const kept: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!.toLowerCase();
    if (!HOP_BY_HOP.has(name) && !left.has(name)) kept.push(rawHeaders[index]!, rawHeaders[index + 1]!);
  }
  return kept;
}

/** Resolves to undefined if this machine does not have the address. */
function listen(server: Server, port: number, address: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      if (hasErrorCode(error, 'EADDRNOTAVAIL') || hasErrorCode(error, 'EAFNOSUPPORT')) resolve(undefined);
      else reject(hasErrorCode(error, 'EADDRINUSE') ? new PortTakenError(port) : error);
    });
    server.listen(port, address, () => resolve(server));
  });
}

function closed(server: Server | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (!server) return resolve();
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Checks each address, because a wildcard address can be free although one address has a program on the port. */
async function refuseTakenPort(port: number, host: string): Promise<void> {
  const addresses = host === 'localhost' ? ['127.0.0.1', '::1'] : [host];
  for (const address of addresses) {
    const error = await new Promise<unknown>((resolve) => {
      const probe = createTcpServer();
      probe.once('error', resolve);
      probe.listen(port, address, () => probe.close(() => resolve(undefined)));
    });
    if (hasErrorCode(error, 'EADDRINUSE')) throw new PortTakenError(port);
  }
}
