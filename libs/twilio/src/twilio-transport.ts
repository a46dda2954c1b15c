import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';

import RequestClient from 'twilio/lib/base/RequestClient.js';

import { requestDeadline } from './request-deadline.js';
import { failureOfAnswer, TwilioRequestError } from './twilio-failure.js';

const MAX_SOCKETS = 64;
/**
 * Idle connections are closed after this time, before Twilio closes them, so that we seldom write to a closing
 * connection.
 */
const IDLE_SOCKET_MS = 4_000;
const UNAUTHORIZED = 401;
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

export interface TwilioTransportOptions {
  /** Replaces all of Twilio's hosts; the host's sub-domain becomes the first path segment. */
  readonly baseUrl?: string | undefined;
  readonly timeoutMs: number;
  /** The next auth token of a rotation: used once Twilio refuses the first token and accepts this one. */
  readonly nextAuthToken?: string | undefined;
}

type TwilioResponse<T> = Awaited<ReturnType<typeof RequestClient.prototype.request<T>>>;

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/**
 * The SDK's HTTP client. It never retries, opens the connection first and checks the deadline right before it writes, so it
 * knows for each failed request whether Twilio may have received it.
 */
export class TwilioTransport extends RequestClient {
  readonly #options: TwilioTransportOptions;
  #isRotated = false;
  readonly #agents = {
    'http:': new http.Agent({ keepAlive: true, maxSockets: MAX_SOCKETS, timeout: IDLE_SOCKET_MS }),
    'https:': new https.Agent({ keepAlive: true, maxSockets: MAX_SOCKETS, timeout: IDLE_SOCKET_MS }),
  };

  constructor(options: TwilioTransportOptions) {
    super({ autoRetry: false, timeout: options.timeoutMs });
    this.#options = options;
  }

  override async request<T>(request: RequestClient.RequestOptions<T>): Promise<TwilioResponse<T>> {
    const url = this.#urlOf(request);
    const body = bodyOf(request);
    const answer = await this.#exchangeWithEitherToken(request, url, body);
    if (answer.status < 200 || answer.status >= 300) {
      throw new TwilioRequestError(
        failureOfAnswer(answer.status, answer.body, answer.headers['retry-after']),
      );
    }
    return { statusCode: answer.status, body: parseAnswer(answer.body), headers: answer.headers };
  }

  /** Repeats a request with the next token if Twilio refuses the first: refused credentials have no effect. */
  async #exchangeWithEitherToken(
    { method, username, password, headers }: RequestClient.RequestOptions<unknown>,
    url: URL,
    body: string,
  ): Promise<Answer> {
    const { nextAuthToken } = this.#options;
    const exchange = (token: string | undefined) =>
      this.#exchange(url, body, {
        method: method.toUpperCase(),
        agent: url.protocol === 'http:' ? this.#agents['http:'] : this.#agents['https:'],
        auth: username && `${username}:${token}`,
        headers: { ...headers, 'Content-Length': Buffer.byteLength(body) },
      });
    const isRotated = this.#isRotated;
    const tokens = isRotated ? [nextAuthToken, password] : [password, nextAuthToken];
    const first = await exchange(tokens[0]);
    if (first.status !== UNAUTHORIZED || nextAuthToken === undefined) return first;
    const second = await exchange(tokens[1]);
    if (second.status === UNAUTHORIZED) return first;
    // Compares with the token that this request used first: concurrent requests may have switched already.
    this.#isRotated = !isRotated;
    return second;
  }

  #urlOf({ uri, params }: RequestClient.RequestOptions): URL {
    const original = new URL(uri);
    const { baseUrl } = this.#options;
    const [subDomain] = original.hostname.split('.', 1);
    const target = `${baseUrl?.replace(/\/+$/, '')}/${subDomain}${original.pathname}${original.search}`;
    const url = baseUrl === undefined ? original : new URL(target);
    for (const [name, value] of pairsOf(params)) url.searchParams.append(name, value);
    return url;
  }

  async #exchange(url: URL, body: string, options: http.RequestOptions): Promise<Answer> {
    const deadlineMs = requestDeadline(this.#options.timeoutMs);
    const request = (url.protocol === 'http:' ? http : https).request(url, options);
    const remainingMs = Math.max(0, Math.ceil(deadlineMs - performance.now()));
    const timer = setTimeout(() => request.destroy(), remainingMs + 1);
    let isWritten = false;
    request.on('socket', (socket) =>
      whenOpen(socket, request.reusedSocket, url.protocol, () => {
        if (performance.now() >= deadlineMs) request.destroy();
        if (request.destroyed) return;
        isWritten = true;
        request.end(body);
      }),
    );
    try {
      const answer = await answerTo(request);
      return { status: answer.statusCode ?? 0, headers: answer.headers, body: await collect(answer) };
    } catch (cause) {
      const reason = performance.now() >= deadlineMs ? 'DEADLINE' : reasonOf(cause);
      throw new TwilioRequestError({ kind: isWritten ? 'unknown' : 'not-processed', reason }, { cause });
    } finally {
      clearTimeout(timer);
    }
  }
}

function reasonOf(cause: unknown): string {
  const { code } = Object(cause);
  return typeof code === 'string' ? code : String(cause);
}

function answerTo(request: http.ClientRequest): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', reject);
  });
}

function whenOpen(socket: Socket, isReused: boolean, protocol: string, write: () => void): void {
  if (isReused || (protocol === 'http:' && !socket.connecting)) write();
  else socket.once(protocol === 'http:' ? 'connect' : 'secureConnect', write);
}

async function collect(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES)
      throw new Error(`Twilio's answer is larger than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Reads the body of a success. A body that is not JSON makes the outcome unknown. */
function parseAnswer(body: string) {
  if (body === '') return undefined;
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new TwilioRequestError({ kind: 'unknown', reason: 'an answer that is not JSON' }, { cause });
  }
}

function bodyOf({ data, headers }: RequestClient.RequestOptions<unknown>): string {
  if (data === undefined) return '';
  if (String(headers?.['Content-Type']) === 'application/json') return JSON.stringify(data);
  return new URLSearchParams(pairsOf(data)).toString();
}

/** Encodes fields as the SDK's own client does: a list repeats the name, and undefined values are left out. */
function pairsOf(fields: unknown): [string, string][] {
  return Object.entries(Object(fields)).flatMap(([name, value]: [string, unknown]) =>
    [value]
      .flat()
      .filter(isScalar)
      .map((item): [string, string] => [name, String(item)]),
  );
}

function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
