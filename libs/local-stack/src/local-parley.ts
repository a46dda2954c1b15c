import { join } from 'node:path';
import { freePort } from './free-port.js';
import type { ProcessExit } from './guarded-process.js';
import {
  type DatabaseAccess,
  type GivenDatabase,
  givenDatabaseAccess,
  ownDatabaseAccess,
} from './local-database.js';
import { MigrationMark } from './migration-mark.js';
import { type LocalNats, startNats } from './nats.js';
import type { NatsUser } from './nats-users.js';
import { type LocalAddresses, type LocalService, localAddresses, SIMULATOR } from './parley-services.js';
import { type LocalPostgres, startPostgres } from './postgres.js';
import { runScript } from './run-script.js';
import { type LogSink, ServiceProcess } from './service-process.js';
import { serviceVariables } from './service-variables.js';

type Env = Record<string, string>;
/** The ports of each service, one for each of its processes. */
type ServicePorts = ReadonlyMap<string, readonly number[]>;

export interface LocalParleyOptions extends GivenDatabase {
  /** The folder for the data of the embedded Postgres and nats-server. */
  dataDir: string;
  services: readonly LocalService[];
  /** The URL of a NATS server to use instead of our own. */
  natsUrl?: string | undefined;
  /** The port for our own nats-server, if it is free. Default: any free port. */
  natsPort?: number;
  /** The users of our own nats-server; a service connects as the user of its name. Default: everybody may connect. */
  natsUsers?: readonly NatsUser[];
  /** Default: the result of `findNatsServer`. */
  natsBinary?: string | undefined;
  /** The database in the embedded Postgres. Default: `parley`. */
  databaseName?: string;
  /** See PostgresOptions; false for tests. Default: true. */
  durable?: boolean;
  /** Default: the URL of the first sms-gateway. */
  publicUrl?: string;
  /** The number of processes of each service. Default: one. */
  replicas?: Readonly<Record<string, number>>;
  /** Variables for every service; override derived variables. */
  env?: Readonly<Env>;
  /** Variables by service; override `env`. */
  serviceEnv?: Readonly<Record<string, Readonly<Env>>>;
  log?: LogSink;
  /** Called when a process exits without a request to stop; `source` is `postgres`, `nats` or the service's process. */
  onUnexpectedExit?: (source: string, exit: ProcessExit) => void;
}

/**
 * All of Parley on this machine: Postgres, NATS (unless the options name others) and one or more processes of each
 * service, migrated and ready. Everything listens on free ports of 127.0.0.1.
 */
export class LocalParley {
  readonly #processes: ReadonlyMap<string, readonly ServiceProcess[]>;
  readonly #addresses: LocalAddresses;

  private constructor(
    private readonly options: LocalParleyOptions,
    ports: ServicePorts,
    /** Undefined if the options name another Postgres. */
    readonly postgres: LocalPostgres | undefined,
    readonly nats: LocalNats | undefined,
    readonly database: DatabaseAccess,
    readonly natsUrl: string,
  ) {
    this.#addresses = addressesOf(options, ports);
    this.#processes = new Map(
      options.services.map((service) => [
        service.name,
        this.#processesOf(service, ports.get(service.name) ?? []),
      ]),
    );
  }

  /** Starts everything and waits until every service is ready. When something fails, stops what runs already. */
  static async start(options: LocalParleyOptions): Promise<LocalParley> {
    const ports = await choosePorts(options);
    const parley = await LocalParley.#startServers(options, ports);
    try {
      await parley.migrate();
      await Promise.all(parley.processes().map((process) => process.start()));
      return parley;
    } catch (error) {
      await parley.stop();
      throw error;
    }
  }

  static async #startServers(options: LocalParleyOptions, ports: ServicePorts): Promise<LocalParley> {
    const {
      dataDir,
      durable = true,
      natsUrl,
      natsBinary,
      natsPort,
      natsUsers,
      databaseName = 'parley',
      onUnexpectedExit,
    } = options;
    const given = givenDatabaseAccess(options);
    const [postgres, nats] = await Promise.allSettled([
      given
        ? undefined
        : startPostgres({
            dataDir: join(dataDir, 'postgres'),
            durable,
            onUnexpectedExit: (exit) => onUnexpectedExit?.('postgres', exit),
          }),
      natsUrl
        ? undefined
        : startNats({
            storeDir: join(dataDir, 'nats'),
            binary: natsBinary,
            preferredPort: natsPort,
            users: natsUsers,
            onUnexpectedExit: (exit) => onUnexpectedExit?.('nats', exit),
          }),
    ]);
    const [ownPostgres, ownNats] = [valueOf(postgres), valueOf(nats)];
    try {
      if (postgres.status === 'rejected') throw postgres.reason;
      if (nats.status === 'rejected') throw nats.reason;
      const database = given ?? (await ownDatabaseAccess(ownPostgres!, databaseName));
      return new LocalParley(options, ports, ownPostgres, ownNats, database, natsUrl ?? ownNats!.url);
    } catch (error) {
      await Promise.all([ownPostgres?.stop(), ownNats?.stop()]);
      throw error;
    }
  }

  /** Returns the processes of one service, or of all services. */
  processes(service?: string): readonly ServiceProcess[] {
    if (service === undefined) return [...this.#processes.values()].flat();
    return this.#processes.get(service) ?? [];
  }

  /**
   * Returns one process of a service.
   * @throws Error when the process does not exist
   */
  process(service: string, index = 0): ServiceProcess {
    const found = this.processes(service)[index];
    if (!found) throw new Error(`There is no process ${service}#${index}.`);
    return found;
  }

  /** Runs every service's migrations at the same time, unless the database's mark shows that nothing has changed. */
  async migrate(): Promise<void> {
    const steps = this.options.services.flatMap((service) => {
      const { name, migrate: script } = service;
      if (!script) return [];
      const env = { ...this.#envOf(service), DATABASE_ADMIN_URL: this.database.adminUrl };
      return [{ source: `${name} migrate`, script, env, log: this.#log }];
    });
    if (steps.length === 0) return;
    const mark = new MigrationMark(this.database.adminUrl, steps);
    if (await mark.holds()) return;
    await Promise.all(steps.map(runScript));
    await mark.set();
  }

  /** Stops the services, then the simulated vendors, then NATS, then Postgres. */
  async stop(): Promise<void> {
    const ours = this.options.services.filter(({ name }) => name !== SIMULATOR);
    await Promise.all(ours.flatMap(({ name }) => this.processes(name)).map((process) => process.stop()));
    await Promise.all(this.processes(SIMULATOR).map((process) => process.stop()));
    await this.nats?.stop();
    await this.postgres?.stop();
  }

  /** Kills every process at once. */
  async kill(): Promise<void> {
    await Promise.all([
      ...this.processes().map((process) => process.kill()),
      this.nats?.stop('kill'),
      this.postgres?.stop('immediate'),
    ]);
  }

  #processesOf(service: LocalService, ports: readonly number[]): ServiceProcess[] {
    return ports.map((port, index) => {
      const source = ports.length > 1 ? `${service.name}#${index}` : service.name;
      const portText = String(port);
      return new ServiceProcess({
        source,
        script: service.main,
        port,
        env: { ...this.#envOf(service), HOST: '127.0.0.1', PORT: portText, WEBHOOK_PORT: portText },
        log: this.#log,
        onUnexpectedExit: (exit) => this.options.onUnexpectedExit?.(source, exit),
      });
    });
  }

  #envOf(service: LocalService): Env {
    return serviceVariables(service, {
      addresses: this.#addresses,
      databaseUrlFor: (role) => this.database.urlFor(role),
      natsUrlFor: (name) => this.#natsUrlFor(name),
      env: this.options.env,
      serviceEnv: this.options.serviceEnv,
    });
  }

  #natsUrlFor(service: string): string {
    const user = this.nats && this.options.natsUsers?.find(({ name }) => name === service);
    if (!user) return this.natsUrl;
    return Object.assign(new URL(this.natsUrl), { username: user.name, password: user.password }).href;
  }

  get #log(): LogSink {
    return (line) => this.options.log?.(line);
  }
}

/** Chooses all ports before any process starts, because the settings of one process contain ports of others. */
async function choosePorts({ services, replicas }: LocalParleyOptions): Promise<ServicePorts> {
  const ports = services.map(async ({ name }) => {
    const count = replicas?.[name] ?? 1;
    return [name, await Promise.all(Array.from({ length: count }, () => freePort()))] as const;
  });
  return new Map(await Promise.all(ports));
}

function addressesOf(options: LocalParleyOptions, ports: ServicePorts): LocalAddresses {
  return localAddresses(options.publicUrl, (service, replica = 0) => {
    const port = ports.get(service)?.[replica];
    if (port === undefined) throw new Error(`There is no service ${service}#${replica}.`);
    return port;
  });
}

function valueOf<T>(result: PromiseSettledResult<T>): T | undefined {
  return result.status === 'fulfilled' ? result.value : undefined;
}
