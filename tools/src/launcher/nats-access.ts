import { createHmac } from 'node:crypto';
import type { NatsUser } from '@parley/local-stack';

/** Reads public events, as docs/events.md shows. */
export const SUBSCRIBER = 'events';

/** Who may connect to the launcher's nats-server: each service, and one user for subscribers. */
export function natsUsers(secret: string, services: readonly string[]): NatsUser[] {
  const userOf = (name: string, role: NatsUser['role']): NatsUser => ({
    name,
    password: createHmac('sha256', secret).update(name).digest('base64url').slice(0, 24),
    role,
  });
  return [...services.map((name) => userOf(name, 'service')), userOf(SUBSCRIBER, 'subscriber')];
}
