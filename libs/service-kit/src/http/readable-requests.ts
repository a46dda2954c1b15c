import { isUtf8 } from 'node:buffer';

import type { FastifyInstance, FastifyRequest } from 'fastify';

import { Problem } from './problem.js';
import { problems } from './problem-kinds.js';

/**
 * Refuses requests that we would read differently from how they were sent: a compressed body, another character set,
 * broken UTF-8. Also refuses the NUL character in a URL, which Postgres cannot store.
 */
export function refuseUnreadableRequests(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request, _reply, done) => done(headProblemOf(request)));
  fastify.addHook('preValidation', (request, _reply, done) => {
    const { rawBody } = request as FastifyRequest & { rawBody?: Buffer };
    done(rawBody && !isUtf8(rawBody) ? invalid('The body is not UTF-8') : undefined);
  });
}

function headProblemOf({ url, headers }: FastifyRequest): Problem | undefined {
  if (url.includes('%00')) return invalid('The address holds a NUL character');
  const encoding = headers['content-encoding']?.trim().toLowerCase();
  if (encoding !== undefined && encoding !== '' && encoding !== 'identity') {
    return unsupported(`A body must not be compressed: Content-Encoding ${encoding} is not accepted`);
  }
  const [, charset] = /;\s*charset\s*=\s*"?([^\s";]*)/i.exec(headers['content-type'] ?? '') ?? [];
  return charset === undefined || /^utf-?8$/i.test(charset)
    ? undefined
    : unsupported(`A body must be UTF-8: charset ${charset} is not accepted`);
}

function invalid(detail: string): Problem {
  return new Problem(problems.invalidRequest, { detail });
}

function unsupported(detail: string): Problem {
  return new Problem(problems.unsupportedMediaType, { detail });
}
