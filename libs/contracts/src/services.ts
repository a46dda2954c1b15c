/**
 * The list of services. Contracts, migrations, launcher, local stack and the origin's routes read it. A service's name
 * is also the name of its folder below apps/, its NATS user and its CloudEvents source, and begins its durable names.
 */
export const services = {
  'agent-orchestrator': {
    /** The service's Postgres schema, and the second token of the requests that it answers. */
    schema: 'orchestrator',
    /** The service's Postgres role under `npm start`. */
    role: 'parley_orchestrator',
    port: 8080,
    /** The paths that an ingress routes to the service. All other paths go to the gateway. */
    paths: [],
  },
  'sms-gateway': { schema: 'gateway', role: 'parley_gateway', port: 4000, paths: ['/'] },
  'voice-bridge': {
    schema: 'voice',
    role: 'parley_voice',
    port: 4001,
    paths: ['/webhooks/twilio/voice', '/webhook/voice', '/media'],
  },
  verification: { schema: 'verification', role: 'parley_verification', port: 4002, paths: [] },
} as const satisfies Record<string, ServiceDefinition>;

export interface ServiceDefinition {
  readonly schema: string;
  readonly role: string;
  /** The default port. */
  readonly port: number;
  /** Each path includes all paths below it. */
  readonly paths: readonly string[];
}

export type ServiceName = keyof typeof services;
export const SERVICES = Object.keys(services) as readonly ServiceName[];

/** Returns the service whose longest path matches a URL. */
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
