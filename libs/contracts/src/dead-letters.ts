import { z } from 'zod';
import { defineRequest } from './define.js';
import { Timestamp } from './fields.js';
import { pageOf, PageRequest } from './pages.js';
import { SERVICES, type ServiceName } from './services.js';

const consumer = z.string().min(1).max(200);
const eventId = z.string().min(1).max(400);

/** A dead letter without phone numbers and secret fields. */
export const DeadLetterView = z.object({
  /** The name of the durable consumer, as `durableOf` returns it. */
  consumer,
  eventId,
  subject: z.string(),
  /** The CloudEvents type; undefined if the message has none. */
  type: z.string().optional(),
  /** The message's own time (`ce-time`). */
  occurredAt: z.string().optional(),
  receivedAt: Timestamp,
  /** When the message became a dead letter, or when its last redrive failed. */
  diedAt: Timestamp,
  error: z.string(),
  /** The fields that are not secret and match the contract. */
  data: z.record(z.string(), z.unknown()),
  /** The names of the other fields. */
  hidden: z.array(z.string()),
});
export type DeadLetterView = z.output<typeof DeadLetterView>;

/** The outcome of a redrive. */
export const RedriveResult = z.object({
  outcome: z.enum(['handled', 'failed']),
  /** The error of a redrive that failed. */
  error: z.string().optional(),
});
export type RedriveResult = z.output<typeof RedriveResult>;

/** The requests about dead letters, by the service that stores them. */
export const deadLetters = Object.fromEntries(
  SERVICES.map((service) => [service, deadLettersOf(service)]),
) as Readonly<Record<ServiceName, ReturnType<typeof deadLettersOf>>>;

function deadLettersOf(service: ServiceName) {
  const key = {
    consumer: `${service}_int-sms-received_v1`,
    eventId: 'evt_01k9wm3v7hq2b8yjr5xet6c4dn',
  };
  const view: DeadLetterView = {
    ...key,
    subject: 'int.sms.received.v1.thr_01k9wm3v7hq2b8yjr5xet6c4dn',
    type: 'int.sms.received.v1',
    occurredAt: '2026-01-02T03:04:05.678Z',
    receivedAt: '2026-01-02T03:04:05.700Z',
    diedAt: '2026-01-02T03:04:09.123456Z',
    error: 'TypeError: unexpected',
    data: { threadId: 'thr_01k9wm3v7hq2b8yjr5xet6c4dn', threadSeq: 1 },
    hidden: ['from', 'text', 'media'],
  };
  return {
    list: defineRequest(`${service}.list-dead-letters`, 1, {
      askedBy: ['sms-gateway'],
      input: PageRequest.extend({ cursor: z.string().max(1_000).optional() }),
      output: pageOf(DeadLetterView),
      summary: 'List the dead letters of this service, newest first.',
      exampleInput: { limit: 50 },
      exampleOutput: { data: [view], nextCursor: null, hasMore: false },
    }),
    get: defineRequest(`${service}.get-dead-letter`, 1, {
      askedBy: ['sms-gateway'],
      input: z.object({ consumer, eventId }),
      output: DeadLetterView.nullable(),
      summary: 'Read one dead letter of this service.',
      exampleInput: key,
      exampleOutput: view,
    }),
    redrive: defineRequest(`${service}.redrive-dead-letter`, 1, {
      askedBy: ['sms-gateway'],
      input: z.object({ requestId: z.string().min(1).max(200), consumer, eventId }),
      /** Null if the dead letter does not exist. */
      output: RedriveResult.nullable(),
      summary: 'Redrive a dead letter, once for each request id.',
      exampleInput: { requestId: 'req_01k9wm3v7hq2b8yjr5xet6c4dn', ...key },
      exampleOutput: { outcome: 'handled' },
    }),
  };
}

/**
 * The position of a dead letter in a list, newest first. Positions of all services can be compared.
 */
export type DeadLetterPosition = Pick<DeadLetterView, 'diedAt' | 'consumer' | 'eventId'>;

const Position = z.tuple([z.string().max(40), consumer, eventId]);

export function deadLetterCursor({ diedAt, consumer: name, eventId: id }: DeadLetterPosition): string {
  return encodeURIComponent(JSON.stringify([diedAt, name, id]));
}

/** Parses a cursor. Returns undefined for a text that is not a cursor. */
export function parseDeadLetterCursor(cursor: string): DeadLetterPosition | undefined {
  try {
    const [diedAt, name, id] = Position.parse(JSON.parse(decodeURIComponent(cursor)));
    if (!Timestamp.safeParse(diedAt).success || `${name}${id}`.includes('\0')) return undefined;
    return { diedAt, consumer: name, eventId: id };
  } catch {
    return undefined;
  }
}

/** Returns whether one dead letter precedes another in a list. */
export function isBefore(one: DeadLetterPosition, other: DeadLetterPosition): boolean {
  if (one.diedAt !== other.diedAt) return one.diedAt > other.diedAt;
  if (one.consumer !== other.consumer) return one.consumer > other.consumer;
  return one.eventId > other.eventId;
}
