import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { limits } from '../limits.js';
import type { BoundedLog } from '../log/bounded-log.js';

/**
 * The query of every log: returns entries from index `since` on, and waits up to `waitMs` for `count` matching entries.
 */
export const LogQuery = z.strictObject({
  since: z.coerce.number().int().min(0).default(0),
  waitMs: z.coerce.number().int().min(0).max(limits.waitMs).default(0),
  count: z.coerce.number().int().min(0).default(1),
});

/** How fast a person speaks: 1 is the normal speed. */
export const paceSchema = z.number().min(0.25).max(20).optional();

/** Puts back the `+` of a phone number: an unescaped `+` in a query string is decoded as a space. */
export const restorePlus = (number: string | undefined) => number?.replace(/^ (?=\d)/, '+');

/** A request that the control API refuses; `details` name the wrong fields. */
export class ControlError extends Error {
  constructor(
    readonly details: readonly { path: string; message: string }[],
    readonly status = 400,
  ) {
    super(status === 404 ? 'not-found' : status === 409 ? 'conflict' : 'invalid-request');
  }
}

export function parseRequest<S extends z.ZodType>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input ?? {});
  if (parsed.success) return parsed.data;
  throw new ControlError(
    parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
  );
}

export async function readLog<T extends { index: number }>(
  log: BoundedLog<T>,
  query: z.output<typeof LogQuery>,
  fits: (entry: T) => boolean,
): Promise<{ entries: T[]; next: number }> {
  return log.waitFor(
    () => ({ entries: log.since(query.since).filter(fits), next: log.next }),
    (reading) => reading.entries.length >= query.count,
    query.waitMs,
  );
}

export function sendControlError(
  error: FastifyError | ControlError,
  _request: FastifyRequest,
  reply: FastifyReply,
) {
  if (error instanceof ControlError) {
    return reply.code(error.status).send({ error: error.message, details: error.details });
  }
  const status = error.statusCode ?? 500;
  if (status >= 500) console.error(error);
  return reply.code(status).send({ error: error.message });
}
