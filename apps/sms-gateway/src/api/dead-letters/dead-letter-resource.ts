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

/** Identifies a dead letter. */
export interface DeadLetterKey {
  readonly service: ServiceName;
  readonly consumer: string;
  readonly eventId: string;
}

export function deadLetterResource(service: ServiceName, letter: DeadLetterView): DeadLetterResource {
  return { id: `${service}.${letter.consumer}.${letter.eventId}`, service, ...letter };
}

/** An event id can contain dots, if the message had none of its own. Undefined for an id of no dead letter. */
export function parseDeadLetterId(id: string): DeadLetterKey | undefined {
  const [, name, consumer, eventId] = /^([^.]+)\.([^.]{1,200})\.(.{1,400})$/s.exec(id) ?? [];
  const service = consumingServices.find((each) => each === name);
  if (!service || consumer === undefined || eventId === undefined) return undefined;
  return { service, consumer, eventId };
}
