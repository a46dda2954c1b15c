import { type LocalAddresses, type LocalService, localAddresses } from './parley-services.js';

type Env = Record<string, string>;

/** What a process of ours may inherit from the machine; all other variables are given explicitly. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'LC_ALL', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'];

/** What services need to know of the machine that they run on. */
export interface Surroundings {
  addresses: LocalAddresses;
  databaseUrlFor: (role: string) => string;
  natsUrlFor: (service: string) => string;
  /** For every service, over what is derived. */
  env?: Readonly<Env> | undefined;
  /** By service, over `env`. */
  serviceEnv?: Readonly<Record<string, Readonly<Env>>> | undefined;
}

/** All variables of a service's process, but for the address that it listens on. */
export function serviceVariables(service: LocalService, surroundings: Surroundings): Env {
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
 * The same before anything runs, to judge the settings that people gave: the addresses, which only a start finds out,
 * are stand-ins.
 */
export function foreseenVariables(
  service: LocalService,
  options: Pick<Surroundings, 'serviceEnv'> & { publicUrl: string },
): Env {
  return serviceVariables(service, {
    addresses: localAddresses(options.publicUrl, () => 1),
    databaseUrlFor: (role) => `postgres://${role}@127.0.0.1:1/parley`,
    natsUrlFor: () => 'nats://127.0.0.1:1',
    serviceEnv: options.serviceEnv,
  });
}
