import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

import { newId } from '../new-id.js';
import { problemBody, type ProblemKind } from './problem.js';
import { problems } from './problem-kinds.js';

/**
 * Answers a request that Node could not read (broken HTTP, huge headers, a slow client), and closes the connection.
 */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) return void socket.destroy();
  const kind = kindOf(error.code);
  const body = JSON.stringify(problemBody(kind, newId('req')));
  socket.end(
    `HTTP/1.1 ${kind.status} ${STATUS_CODES[kind.status]}\r\n` +
      `Content-Type: application/problem+json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

function kindOf(code: string | undefined): ProblemKind {
  if (code === 'HPE_HEADER_OVERFLOW') return problems.headersTooLarge;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return problems.requestTimeout;
  return problems.invalidRequest;
}
