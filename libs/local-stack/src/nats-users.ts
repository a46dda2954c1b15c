import { type ConsumerAccess, type ServiceName, accessOf, streams } from '@parley/contracts';

/** A user of a nats-server that we run. */
export type NatsUser = { name: string; password: string } & (
  | { role: 'service'; name: ServiceName }
  /** Reads public events through its own consumers. It has no other permission. */
  | { role: 'subscriber' }
);

interface Permissions {
  publish: string[];
  subscribe: string[];
  /** With how many messages the user may answer one request, and for how long. */
  allow_responses?: { max: number; expires: string };
}

/** A streamed answer has about one message for each word and lasts as long as a spoken turn. */
const RESPONSES = { max: 100_000, expires: '10m' };

/** Returns the `authorization` block of a nats-server's configuration, which says what each user may do. */
export function authorizationOf(users: readonly NatsUser[]): object {
  return {
    users: users.map((user) => ({
      user: user.name,
      password: user.password,
      permissions: user.role === 'service' ? servicePermissions(user.name) : subscriberPermissions(user.name),
    })),
  };
}

/** Returns the reply subjects of one user. `_INBOX.>` would also show the replies to other users. */
const inboxOf = (user: string) => `_INBOX_${user}.>`;

function servicePermissions(service: ServiceName): Permissions {
  const { publishes, subscribes, streams: kinds, consumes, settlesWith } = accessOf(service);
  const names = kinds.map((kind) => streams[kind].name);
  return {
    publish: [
      ...publishes,
      '$JS.API.INFO',
      ...names.flatMap((name) =>
        ['CREATE', 'UPDATE', 'INFO'].map((verb) => `$JS.API.STREAM.${verb}.${name}`),
      ),
      ...consumes.flatMap(consumerSubjects),
      ...settlesWith.map((consumer) => `$JS.API.CONSUMER.INFO.${pathOf(consumer)}`),
    ],
    subscribe: [...subscribes, inboxOf(service)],
    allow_responses: RESPONSES,
  };
}

/** Returns the subjects for declaring a consumer with its filter, reading from it, and acknowledging its messages. */
function consumerSubjects(consumer: ConsumerAccess): string[] {
  const path = pathOf(consumer);
  return [
    `$JS.API.CONSUMER.CREATE.${path}.${consumer.filter}`,
    `$JS.API.CONSUMER.INFO.${path}`,
    `$JS.API.CONSUMER.MSG.NEXT.${path}`,
    `$JS.ACK.${path}.>`,
  ];
}

const pathOf = ({ kind, durable }: ConsumerAccess) => `${streams[kind].name}.${durable}`;

function subscriberPermissions(user: string): Permissions {
  const { name, subjects } = streams.evt;
  return {
    publish: [
      '$JS.API.INFO',
      '$JS.API.STREAM.NAMES',
      `$JS.API.STREAM.INFO.${name}`,
      `$JS.API.CONSUMER.*.${name}`,
      `$JS.API.CONSUMER.*.${name}.>`,
      `$JS.API.CONSUMER.*.*.${name}.>`,
      `$JS.ACK.${name}.>`,
    ],
    subscribe: [...subjects, inboxOf(user)],
  };
}
