/** Somebody who may connect to a nats-server of ours. */
export interface NatsUser {
  name: string;
  password: string;
  /** `subscriber`: reads public events through consumers of its own, and nothing else. */
  role: 'service' | 'subscriber';
}

/** A subscriber's answers come to this inbox: the general one would also show those of our services. */
const INBOX = '_INBOX_events.>';

const permissions = {
  publish: [
    '$JS.API.INFO',
    '$JS.API.STREAM.NAMES',
    '$JS.API.STREAM.INFO.EVT',
    '$JS.API.CONSUMER.*.EVT',
    '$JS.API.CONSUMER.*.EVT.>',
    '$JS.API.CONSUMER.*.*.EVT.>',
    '$JS.ACK.EVT.>',
  ],
  subscribe: ['evt.>', INBOX],
};

/** The `authorization` block of a nats-server's configuration. */
export function authorizationOf(users: readonly NatsUser[]): object {
  return {
    users: users.map(({ name, password, role }) => ({
      user: name,
      password,
      ...(role === 'subscriber' && { permissions }),
    })),
  };
}
