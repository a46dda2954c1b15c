/**
 * The services, once: contracts, migrations, launcher, local stack and the origin's routes read this list. A service's
 * folder below apps/, its consumers' durable names, its NATS user and its CloudEvents source have its name.
 */
export const services = {
  'agent-orchestrator': {
    /** Its Postgres schema, and the second token of the requests that it answers. */
    schema: 'orchestrator',
    /** The Postgres role that it runs with on one machine. */
    role: 'parley_orchestrator',
    port: 8080,
    /** What an ingress routes to it; the gateway gets everything that nobody else does. */
    paths: [],
  },
  'sms-gateway': { schema: 'gateway', role: 'parley_gateway', port: 4000, paths: ['/'] },
  'voice-bridge': {
    schema: 'voice',
    role: 'parley_voice',
    port: 4001,
    paths: ['/webhooks/twilio/voice', '/webhook/voice', '/media'],
  },
} as const satisfies Record<string, ServiceDefinition>;

export interface ServiceDefinition {
  readonly schema: string;
  readonly role: string;
  /** Where it listens unless its settings say otherwise. */
  readonly port: number;
  /** Each stands for itself and for all below it. */
  readonly paths: readonly string[];
}

export type ServiceName = keyof typeof services;
export const SERVICES = Object.keys(services) as readonly ServiceName[];

/** The service that serves a URL's path: the one with the longest matching path. */
export function serviceAt(url: string): ServiceName {
  const path = url.replace(/[?#].*$/, '');
  const lengthOf = (service: ServiceName) =>
    Math.max(
      -1,
      ...services[service].paths.filter((prefix) => isBelow(path, prefix)).map(({ length }) => length),
    );
  return SERVICES.reduce((best, service) => (lengthOf(service) > lengthOf(best) ? service : best));
}

function isBelow(path: string, prefix: string): boolean {
  return prefix === '/' || path === prefix || path.startsWith(`${prefix}/`);
}
