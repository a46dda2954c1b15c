import { createHmac } from 'node:crypto';
import { SERVICES } from '@parley/contracts';
import type { NatsUser } from '@parley/local-stack';

/** The user who may read public events (docs/events.md). */
export const SUBSCRIBER = 'events';

/** Returns the users of the launcher's nats-server: one for each service, and one for subscribers. */
export function natsUsers(secret: string): NatsUser[] {
  const passwordOf = (name: string) =>
    createHmac('sha256', secret).update(name).digest('base64url').slice(0, 24);
  return [
    ...SERVICES.map((name) => ({ name, password: passwordOf(name), role: 'service' as const })),
    { name: SUBSCRIBER, password: passwordOf(SUBSCRIBER), role: 'subscriber' },
  ];
}
