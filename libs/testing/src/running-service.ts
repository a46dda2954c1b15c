import {
  builtProgram,
  freePort,
  type LocalNats,
  type LocalPostgres,
  ServiceProcess,
  SimulatorClient,
  waitUntil,
} from '@parley/local-stack';
import { randomBytes } from 'node:crypto';
import { Pool } from 'pg';
import { natsForTests, postgresForTests } from './local-servers.js';
import { simulatedTwilio, twilioSignature } from './simulated-twilio.js';

export interface ServiceUnderTest {
  /** The schema that the service owns. */
  readonly schema: string;
  readonly migrate: (urls: { adminUrl: string; databaseUrl: string }) => Promise<unknown>;
  /** Returns the simulator's settings for the service that listens at this URL. */
  readonly simulatorEnv: (serviceUrl: string) => Readonly<Record<string, string>>;
}

/** The servers and settings that a service needs. */
export interface ServiceDependencies {
  /** The URL at which the service must listen, also its public URL. */
  readonly url: string;
  readonly port: number;
  /** The variables of a service that uses Twilio. */
  readonly env: Readonly<Record<string, string>>;
  readonly postgres: LocalPostgres;
  readonly nats: LocalNats;
  readonly vendorsUrl: string;
  /** Connected as the service's own role. */
  readonly pool: Pool;
  readonly stop: () => Promise<void>;
}

/** Starts a Postgres with the service's schema, a nats-server and the simulated vendors, for one spec file. */
export async function startDependencies({
  schema,
  migrate,
  simulatorEnv,
}: ServiceUnderTest): Promise<ServiceDependencies> {
  const [postgres, { nats, stop: stopNats }, port, vendorsPort] = await Promise.all([
    postgresForTests(),
    natsForTests(),
    freePort(),
    freePort(),
  ]);
  const url = `http://127.0.0.1:${port}`;
  const vendors = simulatorProcess(vendorsPort, simulatorEnv(url));
  await vendors.start();
  const adminUrl = await postgres.createDatabase('parley');
  const role = { username: `parley_${schema}`, password: 'test' };
  const databaseUrl = Object.assign(new URL(adminUrl), role).href;
  await migrate({ adminUrl, databaseUrl });
  const options = `-c search_path=${schema}`;
  const pool = new Pool({ connectionString: databaseUrl, max: 2, options });
  pool.on('error', () => undefined);
  const env = {
    DATABASE_URL: patient(databaseUrl, schema),
    NATS_URL: nats.url,
    PARLEY_DATA_KEYS: `test:${randomBytes(32).toString('base64')}`,
    PUBLIC_URL: url,
    TWILIO_ACCOUNT_SID: simulatedTwilio.accountSid,
    TWILIO_AUTH_TOKEN: simulatedTwilio.authToken,
    TWILIO_PHONE_NUMBER: simulatedTwilio.phoneNumber,
    TWILIO_API_BASE_URL: vendors.url,
  };
  const stop = async () => {
    await pool.end();
    await Promise.all([vendors.stop(), stopNats()]);
  };
  return { url, port, env, postgres, nats, vendorsUrl: vendors.url, pool, stop };
}

/** A service in the test's own process, with the servers that it needs. */
export class RunningService {
  readonly simulator: SimulatorClient;

  constructor(private readonly around: ServiceDependencies) {
    this.simulator = new SimulatorClient(around.vendorsUrl);
  }

  get url(): string {
    return this.around.url;
  }

  get postgres(): LocalPostgres {
    return this.around.postgres;
  }

  get nats(): LocalNats {
    return this.around.nats;
  }

  async stop(): Promise<void> {
    await this.around.stop();
  }

  /** Queries the service's own schema. */
  async query<Row extends object>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    return (await this.around.pool.query<Row>(sql, parameters)).rows;
  }

  /** Waits until a query returns rows. */
  async eventually<Row extends object>(
    what: string,
    sql: string,
    parameters: unknown[] = [],
  ): Promise<Row[]> {
    const find = async () => {
      const found = await this.query<Row>(sql, parameters);
      return found.length > 0 && found;
    };
    return waitUntil(what, find);
  }

  /** Returns the messages of this subject in the service's outbox, published or not. */
  async outboxMessages(subject: string): Promise<Record<string, unknown>[]> {
    const found = await this.query<{ payload: Buffer }>(
      'SELECT payload FROM outbox WHERE subject = $1 ORDER BY id',
      [subject],
    );
    return found.map(({ payload }) => JSON.parse(payload.toString()) as Record<string, unknown>);
  }

  /** Posts a form as Twilio does, signed over the public URL. `headers` may remove the signature. */
  async post(
    path: string,
    params: Record<string, string>,
    headers: Record<string, string> = {
      'x-twilio-signature': twilioSignature(`${this.url}${path}`, params),
    },
  ): Promise<Response> {
    return fetch(`${this.url}${path}`, { method: 'POST', headers, body: new URLSearchParams(params) });
  }
}

/**
 * Returns the URL with time-outs so long that a statement can wait for a test's lock, even while the machine stalls.
 */
function patient(databaseUrl: string, schema: string): string {
  const timeouts = ['lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout'];
  const settings = [`search_path=${schema}`, ...timeouts.map((name) => `${name}=60s`)];
  const url = new URL(databaseUrl);
  url.searchParams.set('options', settings.map((setting) => `-c ${setting}`).join(' '));
  return url.href;
}

/** Returns the simulator as a process that is not started yet. */
export function simulatorProcess(port: number, env: Readonly<Record<string, string>>): ServiceProcess {
  return new ServiceProcess({
    source: 'simulator',
    script: builtProgram('apps/simulator/main'),
    port,
    env: {
      PATH: process.env['PATH'] ?? '',
      PORT: String(port),
      SIMULATOR_TWILIO_ACCOUNT_SID: simulatedTwilio.accountSid,
      SIMULATOR_TWILIO_AUTH_TOKEN: simulatedTwilio.authToken,
      SIMULATOR_TWILIO_NUMBERS: simulatedTwilio.phoneNumber,
      ...env,
    },
    log: () => undefined,
  });
}
