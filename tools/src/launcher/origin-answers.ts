import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

interface OriginProblem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly retryAfterSeconds?: number;
}

/** The origin's own problem responses, with the gateway's codes and titles where the gateway has them (docs/errors.md). */
export const originProblems = {
  starting: { status: 503, code: 'starting', title: 'Parley is starting', retryAfterSeconds: 2 },
  unavailable: {
    status: 503,
    code: 'unavailable',
    title: 'The service cannot answer just now',
    retryAfterSeconds: 2,
  },
  payloadTooLarge: { status: 413, code: 'payload_too_large', title: 'The request body is too large' },
  headersTooLarge: { status: 431, code: 'headers_too_large', title: 'The request headers are too large' },
  requestTimeout: { status: 408, code: 'request_timeout', title: 'The request took too long to arrive' },
  invalidRequest: { status: 400, code: 'invalid_request', title: 'The request is malformed' },
} as const satisfies Record<string, OriginProblem>;

/** Spoken to a caller; for an error status Twilio would say "an application error has occurred". */
const APOLOGY =
  '<?xml version="1.0" encoding="UTF-8"?><Response><Say>I am sorry, something went wrong. Please call again later.</Say>' +
  '<Hangup/></Response>';

export function sendOriginProblem(response: ServerResponse, problem: OriginProblem): void {
  const { status, retryAfterSeconds } = problem;
  const isUnread = status === originProblems.payloadTooLarge.status;
  response
    .writeHead(status, {
      'content-type': 'application/problem+json; charset=utf-8',
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
      // The unread rest of the body would be parsed as the next request.
      ...(isUnread && { connection: 'close' }),
    })
    .end(bodyOf(problem));
}

/** Answers for a service that starts, restarts or stops. */
export function answerUnavailable(
  received: IncomingMessage,
  response: ServerResponse,
  problem: OriginProblem,
): void {
  if (received.method === 'POST' && asksForTwiml(received.url ?? ''))
    response.writeHead(200, { 'content-type': 'text/xml; charset=utf-8' }).end(APOLOGY);
  else sendOriginProblem(response, problem);
}

/** Whether Twilio takes the response to this URL as instructions for a call. */
function asksForTwiml(url: string): boolean {
  return /^\/(?:webhook\/voice|webhooks\/twilio\/voice(?:\/resume)?)(?:\?|$)/.test(url);
}

/** Answers a request that Node could not parse (invalid HTTP, huge headers, a slow client), and closes the connection. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy();
  const problem = brokenRequestOf(error.code);
  const body = bodyOf(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n` +
      `Content-Type: application/problem+json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

function brokenRequestOf(code: string | undefined): OriginProblem {
  if (code === 'HPE_HEADER_OVERFLOW') return originProblems.headersTooLarge;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return originProblems.requestTimeout;
  return originProblems.invalidRequest;
}

function bodyOf({ status, code, title }: OriginProblem): string {
  return JSON.stringify({ type: `urn:parley:problem:${code}`, title, status, code });
}
