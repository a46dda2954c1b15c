import { type ConsumerAccess, type ServiceName, accessOf, streams } from '@parley/contracts';

/** Somebody who may connect to a nats-server of ours. */
export type NatsUser = { name: string; password: string } & (
  | { role: 'service'; name: ServiceName }
  /** Reads public events through consumers of its own, and nothing else. */
  | { role: 'subscriber' }
);

interface Permissions {
  publish: string[];
  subscribe: string[];
  /** Whether it may answer requests, and each with how many messages. */
  allow_responses?: { max: number; expires: string };
}

/** A service streams an answer in as many messages as it has words, for as long as a spoken turn may last. */
const RESPONSES = { max: 100_000, expires: '10m' };

/** The `authorization` block of a nats-server's configuration: what each user may do. */
export function authorizationOf(users: readonly NatsUser[]): object {
  return {
    users: users.map((user) => ({
      user: user.name,
      password: user.password,
      permissions: user.role === 'service' ? servicePermissions(user.name) : subscriberPermissions(user.name),
    })),
  };
}

/** Answers come to an inbox of the user's own: the general one would also show those to other users. */
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

/** Declaring a consumer, which names its filter, reading it, and acknowledging what it delivered. */
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
