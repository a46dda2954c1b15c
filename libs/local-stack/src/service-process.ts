import { existsSync } from 'node:fs';
import { get } from 'node:http';
import { createInterface } from 'node:readline';
import { compileCacheFolder } from './checkout.js';
import { hasErrorCode } from './error-code.js';
import type { StopStep } from './guardian.js';
import { GuardedProcess, type ProcessExit, describeExit } from './guarded-process.js';
import { waitUntil } from './wait-until.js';

const READY_TIMEOUT_MS = 60_000;
const ANSWER_TIMEOUT_MS = 2_000;
const READY_POLL_MS = 20;
const REMEMBERED_LINES = 30;

/** One line that a process wrote. */
export interface LogLine {
  /** `sms-gateway`, or `sms-gateway#1` if there are several. */
  source: string;
  stream: 'stdout' | 'stderr';
  text: string;
}

export type LogSink = (line: LogLine) => void;

export interface ServiceProcessOptions {
  source: string;
  script: string;
  env: Readonly<Record<string, string>>;
  /** The port on which the service serves /health/ready. */
  port: number;
  log: LogSink;
  /** Called when a process that was ready exits without a request to stop. */
  onUnexpectedExit?: (exit: ProcessExit) => void;
}

/** A service or its migration step exited before it was ready; the message contains its last lines. */
export class ServiceStartError extends Error {
  override readonly name = 'ServiceStartError';
  constructor(
    readonly source: string,
    readonly exit: ProcessExit,
    readonly lastWords: readonly string[],
  ) {
    super([`${source} ended with ${describeExit(exit)} before it was ready.`, ...lastWords].join('\n'));
  }
}

const gracefulSteps: StopStep[] = [
  { afterMs: 0, signal: 'SIGCONT' },
  { afterMs: 0, signal: 'SIGTERM' },
  { afterMs: 15_000, signal: 'SIGKILL' },
];
/** A service stops when its IPC channel closes, unless it is frozen, stuck or still loading its modules. */
const orphanSteps: StopStep[] = [
  { afterMs: 0, signal: 'SIGCONT' },
  { afterMs: 0, signal: 'SIGTERM' },
  { afterMs: 8_000, signal: 'SIGKILL' },
];

/** One process of a service, which can be stopped, killed, frozen and started again on the same port. */
export class ServiceProcess {
  readonly url: string;
  readonly #lastLines: string[] = [];
  #process: GuardedProcess | undefined;
  #isStopRequested = false;

  constructor(private readonly options: ServiceProcessOptions) {
    this.url = `http://127.0.0.1:${options.port}`;
  }

  get source(): string {
    return this.options.source;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  get running(): boolean {
    return this.#process?.running ?? false;
  }

  /** Resolves when the process exits. */
  get exited(): Promise<ProcessExit> {
    return this.#process?.exited ?? Promise.resolve({ code: 0, signal: null });
  }

  /**
   * Starts the process and waits until the service is ready.
   * @throws ServiceStartError
   */
  async start(): Promise<void> {
    if (this.running) return;
    const spawned = this.#spawn();
    this.#process = spawned;
    await this.#whenReady(spawned);
    void this.#watch(spawned);
  }

  /** Asks the process to stop and waits. Continues a frozen process first; kills one that does not stop in time. */
  async stop(): Promise<ProcessExit> {
    return this.#end(gracefulSteps);
  }

  async kill(): Promise<ProcessExit> {
    return this.#end([{ afterMs: 0, signal: 'SIGKILL' }]);
  }

  /** Stops or kills the process, and starts it again. */
  async restart(how: 'stop' | 'kill' = 'stop'): Promise<void> {
    await this[how]();
    await this.start();
  }

  /** Sends one signal without waiting; has no effect on a process that has exited. */
  signal(signal: NodeJS.Signals): void {
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') this.#isStopRequested = true;
    try {
      if (this.running) process.kill(this.pid, signal);
    } catch (error) {
      // The process has exited, and Node has not reported that yet.
      if (!hasErrorCode(error, 'ESRCH')) throw error;
    }
  }

  async #watch(spawned: GuardedProcess): Promise<void> {
    const exit = await spawned.exited;
    if (!this.#isStopRequested) this.options.onUnexpectedExit?.(exit);
  }

  #spawn(): GuardedProcess {
    const { script, env, source } = this.options;
    if (!existsSync(script)) throw new Error(`${source}: ${script} is missing. Run npm run build first.`);
    this.#isStopRequested = false;
    this.#lastLines.length = 0;
    const spawned = GuardedProcess.spawn(
      process.execPath,
      ['--enable-source-maps', script],
      {
        env: { NODE_COMPILE_CACHE: compileCacheFolder, ...env },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      },
      orphanSteps,
    );
    for (const stream of ['stdout', 'stderr'] as const) {
      const input = spawned.child[stream];
      if (input) createInterface({ input }).on('line', (text) => this.#receive(stream, text));
    }
    return spawned;
  }

  async #whenReady(spawned: GuardedProcess): Promise<void> {
    await waitUntil(
      `${this.source} to be ready`,
      async () => {
        if (!spawned.running) throw new ServiceStartError(this.source, await spawned.exited, this.#lastLines);
        return isReady(this.url);
      },
      { timeoutMs: READY_TIMEOUT_MS, intervalMs: READY_POLL_MS },
    );
  }

  async #end(steps: readonly StopStep[]): Promise<ProcessExit> {
    this.#isStopRequested = true;
    return this.running && this.#process ? this.#process.stop(steps) : this.exited;
  }

  #receive(stream: LogLine['stream'], text: string): void {
    this.#lastLines.push(text);
    if (this.#lastLines.length > REMEMBERED_LINES) this.#lastLines.shift();
    this.options.log({ source: this.source, stream, text });
  }
}

/** Uses plain HTTP, because `fetch`, called this often, would take more CPU time than the service that starts. */
function isReady(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(`${url}/health/ready`, { agent: false, timeout: ANSWER_TIMEOUT_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}
