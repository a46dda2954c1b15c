import { z } from 'zod';
import { defineRequest } from './define.js';
import { SERVICES, type ServiceName } from './services.js';

/** The most ids that one request may name. */
export const MAX_INBOX_IDS = 1_000;

const eventIds = z.array(z.string().min(1).max(255)).max(MAX_INBOX_IDS);
const example = 'evt_01k9wm3v7hq2b8yjr5xet6c4dn';

/**
 * The requests of settlement, by consuming service. The publishing service asks which messages a consumer has
 * neither handled nor stored as dead letters.
 */
export const inboxMissingRequests = Object.fromEntries(
  SERVICES.map((service) => [service, inboxMissingOf(service)]),
) as Readonly<Record<ServiceName, ReturnType<typeof inboxMissingOf>>>;

function inboxMissingOf(service: ServiceName) {
  return defineRequest(`${service}.inbox-missing`, 1, {
    askedBy: SERVICES,
    input: z.object({
      /** The name of a durable consumer, as `durableOf` returns it. */
      consumer: z.string().min(1).max(200),
      ids: eventIds,
    }),
    output: z.object({ missing: eventIds }),
    summary: 'List which of these messages a consumer of this service has not handled.',
    exampleInput: { consumer: `${service}_int-sms-received_v1`, ids: [example] },
    exampleOutput: { missing: [example] },
  });
}
