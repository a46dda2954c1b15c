import { createHmac } from 'node:crypto';
import { SERVICES } from '@parley/contracts';
import type { NatsUser } from '@parley/local-stack';

/** Reads public events, as docs/events.md shows. */
export const SUBSCRIBER = 'events';

/** Who may connect to the launcher's nats-server: each service, and one user for subscribers. */
export function natsUsers(secret: string): NatsUser[] {
  const passwordOf = (name: string) =>
    createHmac('sha256', secret).update(name).digest('base64url').slice(0, 24);
  return [
    ...SERVICES.map((name) => ({ name, password: passwordOf(name), role: 'service' as const })),
    { name: SUBSCRIBER, password: passwordOf(SUBSCRIBER), role: 'subscriber' },
  ];
}
