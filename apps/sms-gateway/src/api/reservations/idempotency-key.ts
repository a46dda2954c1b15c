import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { Problem } from '@parley/service-kit';
import type { FastifyRequest } from 'fastify';
import { apiProblems } from '../api-problems.js';
import { callerOf } from '../keys/api-key.guard.js';
import type { ReservationKey } from './reservation-store.js';

export const IDEMPOTENCY_KEY_HEADER = 'Idempotency-Key';
/** Marks a response that repeats an earlier one. */
export const IDEMPOTENCY_REPLAYED_HEADER = 'Idempotency-Replayed';

const FORM = `Send ${IDEMPOTENCY_KEY_HEADER}: 1 to 255 printable ASCII characters, a different key for each new request`;
const PRINTABLE = /^[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?$/;

/** The request's idempotency key, on a route that does not require one. */
export function optionalIdempotencyKey(request: FastifyRequest): string | undefined {
  const key = request.headers[IDEMPOTENCY_KEY_HEADER.toLowerCase()];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && PRINTABLE.test(key)) return key;
  throw new Problem(apiProblems.idempotencyKeyRequired, { detail: FORM });
}

/** Injects the request's idempotency key with its caller and route. */
export const ReservationKeyOfRequest = createParamDecorator(
  (_: unknown, context: ExecutionContext): ReservationKey => {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const idempotencyKey = optionalIdempotencyKey(request);
    if (idempotencyKey === undefined) throw new Problem(apiProblems.idempotencyKeyRequired, { detail: FORM });
    const { method } = request;
    return { apiKey: callerOf(request).name, method, route: request.routeOptions.url ?? '', idempotencyKey };
  },
);
