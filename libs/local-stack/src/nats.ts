import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cp, rename, rm } from 'node:fs/promises';
import { type Socket, connect } from 'node:net';
import { join, resolve } from 'node:path';
import { claimFolder } from './folder-claim.js';
import { isPortFree, startOnFreePort } from './free-port.js';
import type { StopStep } from './guardian.js';
import { GuardedProcess, type ProcessExit } from './guarded-process.js';
import { findNatsServer } from './nats-binary.js';
import { type NatsUser, authorizationOf } from './nats-users.js';
import { commandLineOf, processStartTime } from './process-table.js';
import { waitUntil } from './wait-until.js';

const START_TIMEOUT_MS = 30_000;

export interface NatsOptions {
  /** The folder for JetStream's files, the configuration and the log; created if missing. */
  storeDir: string;
  /** Default: a free port, which stays the same at later starts. */
  port?: number;
  /** A port to use if it is free. */
  preferredPort?: number | undefined;
  /** Users with passwords. Default: everybody may connect without a password. */
  users?: readonly NatsUser[] | undefined;
  /** Default: the result of `findNatsServer`. */
  binary?: string | undefined;
  /** Called when the server exits without a request to stop. */
  onUnexpectedExit?: (exit: ProcessExit) => void;
}

const gracefulSteps: StopStep[] = [
  { afterMs: 0, signal: 'SIGCONT' },
  { afterMs: 0, signal: 'SIGTERM' },
  { afterMs: 8_000, signal: 'SIGKILL' },
];

/**
 * Starts a nats-server with JetStream on 127.0.0.1 and waits until it is ready.
 * @throws FolderInUseError
 */
export async function startNats(options: NatsOptions): Promise<LocalNats> {
  const nats = new LocalNats(options);
  await nats.start();
  return nats;
}

/** A nats-server that this process runs. */
export class LocalNats {
  readonly #storeDir: string;
  #port: number | undefined;
  #server: GuardedProcess | undefined;
  #isStopRequested = false;

  constructor(private readonly options: NatsOptions) {
    this.#storeDir = resolve(options.storeDir);
    this.#port = options.port;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.#port}`;
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
    const binary = this.options.binary ?? (await findNatsServer()).path;
    const release = claimFolder(this.#storeDir);
    try {
      await stopOrphanedNats(this.#storeDir);
      this.#port ??= await this.#preferredPort();
      const { port, server } = await startOnFreePort(this.#port, (free) => this.#startOn(free, binary));
      this.#port = port;
      this.#server = server;
      this.#isStopRequested = false;
      void this.#watch(server, release);
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Stops the server. `kill` ends it before it can write anything to disk. */
  async stop(mode: 'graceful' | 'kill' = 'graceful'): Promise<void> {
    this.#isStopRequested = true;
    await this.#server?.stop(mode === 'kill' ? [{ afterMs: 0, signal: 'SIGKILL' }] : gracefulSteps);
  }

  /** Stops the server and deletes everything JetStream has stored. */
  async wipe(): Promise<void> {
    await this.stop('kill');
    rmSync(join(this.#storeDir, 'jetstream'), { recursive: true, force: true });
  }

  /**
   * Copies JetStream's files while the server stands still, so that they belong together. The returned function stops the
   * server and restores the copy, as if the machine had lost power and with it all that was stored after the copy.
   */
  async copyStore(): Promise<() => Promise<void>> {
    const store = join(this.#storeDir, 'jetstream');
    const copy = join(this.#storeDir, 'jetstream-copy');
    await rm(copy, { recursive: true, force: true });
    process.kill(this.pid, 'SIGSTOP');
    try {
      await cp(store, copy, { recursive: true });
    } finally {
      process.kill(this.pid, 'SIGCONT');
    }
    return async () => {
      await this.wipe();
      await rename(copy, store);
    };
  }

  async #watch(server: GuardedProcess, release: () => void): Promise<void> {
    const exit = await server.exited;
    release();
    if (!this.#isStopRequested) this.options.onUnexpectedExit?.(exit);
  }

  async #startOn(port: number, binary: string): Promise<GuardedProcess> {
    const server = this.#spawn(port, binary);
    try {
      await this.#waitReady(port, server);
      return server;
    } catch (error) {
      await server.stop([{ afterMs: 0, signal: 'SIGKILL' }]);
      throw error;
    }
  }

  async #preferredPort(): Promise<number | undefined> {
    const { preferredPort } = this.options;
    return preferredPort !== undefined && (await isPortFree(preferredPort)) ? preferredPort : undefined;
  }

  #spawn(port: number, binary: string): GuardedProcess {
    const { users } = this.options;
    const configFile = join(this.#storeDir, 'nats.conf');
    const configuration = {
      host: '127.0.0.1',
      port,
      pid_file: pidFileOf(this.#storeDir),
      ...(users && { authorization: authorizationOf(users) }),
      jetstream: { store_dir: this.#storeDir },
    };
    writeFileSync(configFile, `${JSON.stringify(configuration, null, 2)}\n`, { mode: 0o600 });
    const log = openSync(this.#logFile, 'w', 0o600);
    try {
      return GuardedProcess.spawn(binary, ['-c', configFile], { stdio: ['ignore', log, log] }, gracefulSteps);
    } finally {
      closeSync(log);
    }
  }

  async #waitReady(port: number, server: GuardedProcess): Promise<void> {
    await waitUntil(
      'nats-server to serve JetStream',
      async () => {
        if (!server.running) throw new Error(`nats-server did not start:\n${this.#log().trim()}`);
        // Another server may listen on the port; the log shows whether our own does.
        return this.#log().includes('Server is ready') && (await hasJetStream('127.0.0.1', port));
      },
      { timeoutMs: START_TIMEOUT_MS },
    );
  }

  get #logFile(): string {
    return join(this.#storeDir, 'nats.log');
  }

  #log(): string {
    return readFileSync(this.#logFile, 'utf8');
  }
}

function pidFileOf(storeDir: string): string {
  return join(storeDir, 'nats.pid');
}

/** Stops a server whose owner died. The caller must have claimed the folder. */
async function stopOrphanedNats(storeDir: string): Promise<void> {
  const pidFile = pidFileOf(storeDir);
  const pid = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : Number.NaN;
  const isOurs = () =>
    pid > 0 && processStartTime(pid) !== undefined && commandLineOf(pid)?.includes(storeDir) === true;
  if (isOurs()) {
    process.kill(pid, 'SIGKILL');
    await waitUntil('the old nats-server to stop', () => !isOurs(), { timeoutMs: 5_000 });
  }
  rmSync(pidFile, { force: true });
}

/** Whether the server at this address has JetStream, by the INFO line that it sends first. */
export function hasJetStream(host: string, port: number): Promise<boolean> {
  return new Promise((done) => {
    let greeting = '';
    const socket: Socket = connect(port, host);
    const finish = (offers: boolean) => {
      socket.destroy();
      done(offers);
    };
    socket.setTimeout(2_000, () => finish(false));
    socket.once('error', () => finish(false));
    socket.once('close', () => finish(false));
    socket.on('data', (chunk: Buffer) => {
      greeting += chunk.toString();
      if (greeting.includes('\r\n')) finish(/"jetstream":\s*true/.test(greeting));
    });
  });
}
