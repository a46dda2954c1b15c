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
  /** `sms-gateway`, or `sms-gateway#1` where there are several. */
  source: string;
  stream: 'stdout' | 'stderr';
  text: string;
}

export type LogSink = (line: LogLine) => void;

export interface ServiceProcessOptions {
  source: string;
  script: string;
  env: Readonly<Record<string, string>>;
  /** Serves /health/ready on it. */
  port: number;
  log: LogSink;
  /** Called when it ends, once it was ready, without having been told to. */
  onUnexpectedExit?: (exit: ProcessExit) => void;
}

/** A service, or its migration, ended before it was ready; the message holds its last words. */
export class ServiceStartError extends Error {
  override readonly name = 'ServiceStartError';
  constructor(
    readonly source: string,
    readonly exit: ProcessExit,
    readonly lastWords: readonly string[],
  ) {
    super([`${source} ended with ${describeExit(exit)} and did not get ready.`, ...lastWords].join('\n'));
  }
}

const gracefulSteps: StopStep[] = [
  { afterMs: 0, signal: 'SIGCONT' },
  { afterMs: 0, signal: 'SIGTERM' },
  { afterMs: 15_000, signal: 'SIGKILL' },
];
/** A service ends by itself when its IPC channel to us closes, unless it is frozen, stuck or still loading its modules. */
const orphanSteps: StopStep[] = [
  { afterMs: 0, signal: 'SIGCONT' },
  { afterMs: 0, signal: 'SIGTERM' },
  { afterMs: 8_000, signal: 'SIGKILL' },
];

/** One service as a separate process, which can be stopped, killed, frozen and started again on the same port. */
export class ServiceProcess {
  readonly url: string;
  readonly #lastLines: string[] = [];
  #process: GuardedProcess | undefined;
  #told = false;

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

  /** How its latest run ended, once it has. */
  get exited(): Promise<ProcessExit> {
    return this.#process?.exited ?? Promise.resolve({ code: 0, signal: null });
  }

  /** Starts it and waits until it says that it is ready. Throws ServiceStartError. */
  async start(): Promise<void> {
    if (this.running) return;
    const spawned = this.#spawn();
    this.#process = spawned;
    await this.#whenReady(spawned);
    void this.#watch(spawned);
  }

  /** Asks it to end, frozen or not, and waits; a deaf one is killed. */
  async stop(): Promise<ProcessExit> {
    return this.#end(gracefulSteps);
  }

  /** Ends it without a chance to do anything about it. */
  async kill(): Promise<ProcessExit> {
    return this.#end([{ afterMs: 0, signal: 'SIGKILL' }]);
  }

  /** Ends it (by `stop`, or by `kill`) and starts it again. */
  async restart(how: 'stop' | 'kill' = 'stop'): Promise<void> {
    await this[how]();
    await this.start();
  }

  /** Sends one signal, SIGSTOP and SIGCONT among them, and does not wait. One that has just ended gets none. */
  signal(signal: NodeJS.Signals): void {
    if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') this.#told = true;
    try {
      if (this.running) process.kill(this.pid, signal);
    } catch (error) {
      // We have not heard of its end yet.
      if (!hasErrorCode(error, 'ESRCH')) throw error;
    }
  }

  async #watch(spawned: GuardedProcess): Promise<void> {
    const exit = await spawned.exited;
    if (!this.#told) this.options.onUnexpectedExit?.(exit);
  }

  #spawn(): GuardedProcess {
    const { script, env, source } = this.options;
    if (!existsSync(script)) throw new Error(`${source}: ${script} is missing. Run npm run build first.`);
    this.#told = false;
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
      if (input) createInterface({ input }).on('line', (text) => this.#hear(stream, text));
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
    this.#told = true;
    return this.running && this.#process ? this.#process.stop(steps) : this.exited;
  }

  #hear(stream: LogLine['stream'], text: string): void {
    this.#lastLines.push(text);
    if (this.#lastLines.length > REMEMBERED_LINES) this.#lastLines.shift();
    this.options.log({ source: this.source, stream, text });
  }
}

/** By plain HTTP: asked so often, `fetch` would take more of the processor than the service that starts. */
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
