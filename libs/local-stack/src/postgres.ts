import { closeSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { Client } from 'pg';
import { claimFolder } from './folder-claim.js';
import { startOnFreePort } from './free-port.js';
import type { StopStep } from './guardian.js';
import { GuardedProcess, type ProcessExit } from './guarded-process.js';
import { type PostgresCommand, type PostgresUser, postgresCommand } from './postgres-binaries.js';
import {
  type PostgresFolder,
  ensureCluster,
  postgresFolder,
  stopOrphanedPostgres,
} from './postgres-cluster.js';
import { waitUntil } from './wait-until.js';

const START_TIMEOUT_MS = 60_000;
const MAX_LOG_BYTES = 5_000_000;

export interface PostgresOptions {
  /** The folder for the cluster, the superuser's password and the log; created if missing. */
  dataDir: string;
  /** Default: a free port, which stays the same at later starts. */
  port?: number;
  /** Default: true. False, for tests, lets commits survive a killed server, but not a crash of the machine. */
  durable?: boolean;
  maxConnections?: number;
  /** Called when the server exits without a request to stop. */
  onUnexpectedExit?: (exit: ProcessExit) => void;
  /** Default: the first user that works on this machine. */
  user?: PostgresUser;
}

/** Postgres' own shutdown modes: `smart` waits for its clients, `fast` disconnects them, `immediate` is a crash. */
export type PostgresStopMode = 'smart' | 'fast' | 'immediate';

const stopSignals = { smart: 'SIGTERM', fast: 'SIGINT', immediate: 'SIGQUIT' } as const;
const stopSteps = (mode: PostgresStopMode): StopStep[] => [
  { afterMs: 0, signal: stopSignals[mode] },
  { afterMs: 10_000, signal: 'SIGQUIT' },
  { afterMs: 15_000, signal: 'SIGKILL' },
];

/**
 * Starts a Postgres on 127.0.0.1 and waits until it answers queries.
 * @throws FolderInUseError
 */
export async function startPostgres(options: PostgresOptions): Promise<LocalPostgres> {
  const postgres = new LocalPostgres(options);
  await postgres.start();
  return postgres;
}

/** A Postgres server that this process runs. */
export class LocalPostgres {
  readonly #folder: PostgresFolder;
  readonly #dataDir: string;
  #port: number | undefined;
  #password = '';
  #server: GuardedProcess | undefined;
  #isStopRequested = false;

  constructor(private readonly options: PostgresOptions) {
    this.#dataDir = resolve(options.dataDir);
    this.#folder = postgresFolder(this.#dataDir);
    this.#port = options.port;
  }

  /** Returns the superuser's URL for the database `postgres`. */
  get adminUrl(): string {
    return this.#adminUrl(this.port);
  }

  get port(): number {
    return this.#port ?? 0;
  }

  get pid(): number {
    return this.#server?.pid ?? 0;
  }

  get running(): boolean {
    return this.#server?.running ?? false;
  }

  /** Starts the server; later starts use the same port and data. */
  async start(): Promise<void> {
    if (this.running) return;
    mkdirSync(this.#dataDir, { recursive: true });
    const release = claimFolder(this.#dataDir);
    try {
      const postgres = postgresCommand(this.options.user);
      this.#password = await ensureCluster(this.#folder, postgres);
      await stopOrphanedPostgres(this.#folder);
      const { port, server } = await startOnFreePort(this.#port, (free) => this.#startOn(free, postgres));
      this.#port = port;
      this.#server = server;
      this.#isStopRequested = false;
      void this.#watch(server, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  async stop(mode: PostgresStopMode = 'fast'): Promise<void> {
    this.#isStopRequested = true;
    await this.#server?.stop(stopSteps(mode));
  }

  /** Creates a database if it is missing. Returns the superuser's URL for it. */
  async createDatabase(name: string): Promise<string> {
    const client = new Client({ connectionString: this.adminUrl });
    await client.connect();
    try {
      const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
      if (found.rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
    } finally {
      await client.end();
    }
    return Object.assign(new URL(this.adminUrl), { pathname: `/${encodeURIComponent(name)}` }).href;
  }

  async #watch(server: GuardedProcess, release: () => void): Promise<void> {
    const exit = await server.exited;
    release();
    if (!this.#isStopRequested) this.options.onUnexpectedExit?.(exit);
  }

  async #startOn(port: number, postgres: PostgresCommand): Promise<GuardedProcess> {
    const server = this.#spawn(port, postgres);
    const problem = await this.#waitReady(port, server);
    if (problem === undefined) return server;
    await server.stop(stopSteps('immediate'));
    throw new Error(`Postgres did not start on port ${port}:\n${problem}`);
  }

  #spawn(port: number, postgres: PostgresCommand): GuardedProcess {
    const { durable = true, maxConnections = 200 } = this.options;
    const settings: Record<string, string | number> = {
      listen_addresses: '127.0.0.1',
      port,
      unix_socket_directories: '',
      max_connections: maxConnections,
      log_min_messages: 'warning',
      ...(durable ? {} : { fsync: 'off', full_page_writes: 'off' }),
    };
    const { file, args } = postgres.command('postgres', [
      '-D',
      this.#folder.cluster,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ]);
    const log = openSync(this.#folder.logFile, logBytes(this.#folder) > MAX_LOG_BYTES ? 'w' : 'a', 0o600);
    try {
      const stdio = ['ignore' as const, log, log];
      return GuardedProcess.spawn(
        file,
        args,
        { stdio, uid: postgres.uid, gid: postgres.gid },
        stopSteps('fast'),
      );
    } finally {
      closeSync(log);
    }
  }

  /** Returns undefined when the server is ready; the lines that it logged if it does not start. */
  async #waitReady(port: number, server: GuardedProcess): Promise<string | undefined> {
    const logStart = logBytes(this.#folder);
    const logged = () => readFileSync(this.#folder.logFile).subarray(logStart).toString().trim();
    try {
      return await waitUntil(
        'Postgres to answer',
        async () => {
          if (!server.running) return { problem: logged() || 'It exited and logged nothing.' };
          return (await answers(this.#adminUrl(port))) && { problem: undefined };
        },
        { timeoutMs: START_TIMEOUT_MS },
      ).then(({ problem }) => problem);
    } catch {
      return logged() || `It did not answer within ${START_TIMEOUT_MS} ms.`;
    }
  }

  #adminUrl(port: number): string {
    return `postgres://postgres:${this.#password}@127.0.0.1:${port}/postgres`;
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('SELECT 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

function logBytes(folder: PostgresFolder): number {
  return statSync(folder.logFile, { throwIfNoEntry: false })?.size ?? 0;
}
