import { consumingServices, DeadLetterView, pageOf, type ServiceName } from '@parley/contracts';
import { z } from 'zod';

/** A dead letter as REST shows it. */
export const DeadLetterResource = DeadLetterView.omit({ eventId: true }).extend({
  /** `<service>.<consumer>.<eventId>` */
  id: z.string(),
  service: z.string(),
  eventId: z.string(),
});
export type DeadLetterResource = z.output<typeof DeadLetterResource>;

export const DeadLetterPage = pageOf(DeadLetterResource).extend({
  /** Services that did not answer: their dead letters are missing here. */
  unavailable: z.array(z.string()),
});
export type DeadLetterPage = z.output<typeof DeadLetterPage>;

/** The three parts of a dead letter's id. */
export interface DeadLetterKey {
  readonly service: ServiceName;
  readonly consumer: string;
  readonly eventId: string;
}

export function deadLetterResource(service: ServiceName, view: DeadLetterView): DeadLetterResource {
  return { id: `${service}.${view.consumer}.${view.eventId}`, service, ...view };
}

/**
 * Reads a dead letter's id, whose event id can contain dots if the message had no id of its own. Undefined for a malformed id
 * or an unknown service.
 */
export function parseDeadLetterId(id: string): DeadLetterKey | undefined {
  const [, name, consumer, eventId] = /^([^.]+)\.([^.]{1,200})\.(.{1,400})$/s.exec(id) ?? [];
  const service = consumingServices.find((each) => each === name);
  if (!service || consumer === undefined || eventId === undefined) return undefined;
  return { service, consumer, eventId };
}
