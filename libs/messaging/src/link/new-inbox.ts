import { createInbox, type NatsConnection } from '@nats-io/transport-node';

/** Creates a reply subject that only this connection's user may read. The client's types do not show the prefix. */
export function newInbox(connection: NatsConnection): string {
  const { options } = connection as { options?: { inboxPrefix?: string } };
  return createInbox(options?.inboxPrefix);
}
