import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { type StopStep, guardProcess } from './guardian.js';

/** How a process ended: an exit code, or the signal that ended it. */
export interface ProcessExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export function describeExit({ code, signal }: ProcessExit): string {
  return signal ? `signal ${signal}` : `exit code ${code}`;
}

const running = new Set<GuardedProcess>();
let isEnding = false;

/** Stops every guarded process of this program and lets no other start. Resolves when all have exited. */
export async function endAllProcesses(): Promise<void> {
  isEnding = true;
  await Promise.all(Array.from(running, (process) => process.end()));
}

/** A child process that a terminal's Ctrl-C does not reach, and that the guardian stops if this process dies. */
export class GuardedProcess {
  readonly exited: Promise<ProcessExit>;
  #running = true;

  private constructor(
    readonly child: ChildProcess,
    private readonly stopSteps: readonly StopStep[],
  ) {
    running.add(this);
    this.exited = new Promise<ProcessExit>((resolve) => {
      const end = (exit: ProcessExit) => {
        this.#running = false;
        running.delete(this);
        resolve(exit);
      };
      child.once('error', () => end({ code: 127, signal: null }));
      child.once('exit', (code, signal) => end({ code, signal }));
    });
  }

  static spawn(
    command: string,
    args: readonly string[],
    options: SpawnOptions,
    stopSteps: readonly StopStep[],
  ): GuardedProcess {
    if (isEnding) throw new Error(`${command} was not started, because this program is stopping.`);
    const spawned = new GuardedProcess(spawn(command, args, { ...options, detached: true }), stopSteps);
    if (spawned.child.pid !== undefined) {
      const release = guardProcess(spawned.child.pid, stopSteps);
      void spawned.exited.then(release);
    }
    return spawned;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get running(): boolean {
    return this.#running;
  }

  /** Stops the process as the guardian would: closes its IPC channel, then sends the signals. */
  async end(): Promise<ProcessExit> {
    if (this.child.connected) this.child.disconnect();
    return this.stop(this.stopSteps);
  }

  /** Sends each signal `afterMs` after the call, until the process has exited. */
  async stop(stopSteps: readonly StopStep[]): Promise<ProcessExit> {
    const timers = stopSteps.map(({ afterMs, signal }) =>
      setTimeout(() => this.#running && this.child.kill(signal), afterMs),
    );
    const exit = await this.exited;
    timers.forEach((timer) => clearTimeout(timer));
    return exit;
  }
}
