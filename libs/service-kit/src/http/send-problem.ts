import type { FastifyReply } from 'fastify';

import type { Problem } from './problem.js';
import { problems } from './problem-kinds.js';

export function sendProblem(reply: FastifyReply, problem: Problem, requestId: string): void {
  void reply
    .status(problem.kind.status)
    .headers(headersOf(problem))
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify(problem.bodyFor(requestId)));
}

function headersOf({ kind, details }: Problem): Record<string, string> {
  return {
    ...details.headers,
    ...(kind.status === problems.unauthorized.status && { 'www-authenticate': 'Bearer' }),
    ...(details.retryAfterSeconds !== undefined && { 'retry-after': String(details.retryAfterSeconds) }),
  };
}
