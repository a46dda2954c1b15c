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
  /** Services that did not answer: their letters are missing here. */
  unavailable: z.array(z.string()),
});
export type DeadLetterPage = z.output<typeof DeadLetterPage>;

/** Where a letter lies. */
export interface DeadLetterPlace {
  readonly service: ServiceName;
  readonly consumer: string;
  readonly eventId: string;
}

export function deadLetterResource(service: ServiceName, letter: DeadLetterView): DeadLetterResource {
  return { id: `${service}.${letter.consumer}.${letter.eventId}`, service, ...letter };
}

/** An event's id may hold dots, if the message named none of its own. Undefined for what can be no letter. */
export function parseDeadLetterId(id: string): DeadLetterPlace | undefined {
  const [, name, consumer, eventId] = /^([^.]+)\.([^.]{1,200})\.(.{1,400})$/s.exec(id) ?? [];
  const service = consumingServices.find((each) => each === name);
  if (!service || consumer === undefined || eventId === undefined) return undefined;
  return { service, consumer, eventId };
}
