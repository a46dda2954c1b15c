import { type LocalAddresses, type LocalService, localAddresses } from './parley-services.js';

type Env = Record<string, string>;

/** The variables that our processes inherit from the machine; all others are set explicitly. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'LC_ALL', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'];

/** The addresses and settings from which a service's variables derive. */
export interface VariableSources {
  addresses: LocalAddresses;
  databaseUrlFor: (role: string) => string;
  natsUrlFor: (service: string) => string;
  /** Variables for every service; override derived variables. */
  env?: Readonly<Env> | undefined;
  /** Variables by service; override `env`. */
  serviceEnv?: Readonly<Record<string, Readonly<Env>>> | undefined;
}

/** Returns all variables of a service's process except the address on which it listens. */
export function serviceVariables(service: LocalService, surroundings: VariableSources): Env {
  const { addresses, databaseUrlFor, natsUrlFor, env, serviceEnv } = surroundings;
  const inherited = INHERITED.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(inherited),
    ...(service.databaseRole && { DATABASE_URL: databaseUrlFor(service.databaseRole) }),
    ...(service.usesNats && { NATS_URL: natsUrlFor(service.name) }),
    ...service.env?.(addresses),
    ...env,
    ...serviceEnv?.[service.name],
  };
}

/**
 * Returns the variables as far as they are known before a start, to check the settings. Placeholders stand for
 * addresses and passwords, which are known only when Postgres and NATS run.
 */
export function variablesBeforeStart(
  service: LocalService,
  options: Pick<VariableSources, 'serviceEnv'> & { publicUrl: string },
): Env {
  return serviceVariables(service, {
    addresses: localAddresses(options.publicUrl, () => 1),
    databaseUrlFor: (role) => `postgres://${role}@127.0.0.1:1/parley`,
    natsUrlFor: () => 'nats://127.0.0.1:1',
    serviceEnv: options.serviceEnv,
  });
}
