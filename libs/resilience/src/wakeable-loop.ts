import { Logger } from '@nestjs/common';

import { NotReadyYetError, RetryableError } from './errors.js';
import { messageOf } from './message-of.js';

/** After a failed step, wake-ups are ignored for this long, so that an outage does not make the loop spin. */
const PAUSE_AFTER_FAILURE_MS = 250;

export interface WakeableLoopOptions {
  /** The loop's name in the log. */
  readonly name: string;
  /** The longest pause between two steps. Default: the loop runs a step only when it is woken. */
  readonly everyMs?: number;
  /**
   * Does the due work once. An error is logged, and the loop continues. A returned number is the longest pause until
   * the next step, in milliseconds.
   */
  readonly step: () => Promise<number | void>;
}

/** Runs a step when it is woken, and also from time to time, because a wake-up may get lost. */
export class WakeableLoop {
  readonly #logger: Logger;
  #running: Promise<void> | undefined;
  #stopping = false;
  #woken = false;
  #endPause: (() => void) | undefined;
  #reported = '';

  constructor(private readonly options: WakeableLoopOptions) {
    this.#logger = new Logger(options.name);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Makes the next step begin now or, if a step is running, right after it. */
  wake(): void {
    this.#woken = true;
    this.#endPause?.();
  }

  /** Resolves when the running step has ended; no other step begins. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#endPause?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopping) {
      this.#woken = false;
      const { everyMs = Infinity } = this.options;
      const pauseMs = await this.#step();
      if (this.#stopping) return;
      if (pauseMs === 'failed') await this.#pause(Math.min(PAUSE_AFTER_FAILURE_MS, everyMs), true);
      else if (!this.#woken) await this.#pause(pauseMs ?? everyMs, false);
    }
  }

  async #step(): Promise<number | 'failed' | undefined> {
    try {
      const pauseMs = await this.options.step();
      this.#reported = '';
      return pauseMs ?? undefined;
    } catch (error) {
      this.#report(error);
      return 'failed';
    }
  }

  /** Logs an outage once, not at each step, and not at all while a dependency has not answered since the start. */
  #report(error: unknown): void {
    if (error instanceof NotReadyYetError) return;
    const message = messageOf(error);
    if (message === this.#reported) return;
    this.#reported = message;
    if (error instanceof RetryableError) this.#logger.warn(message);
    else this.#logger.error(message, error instanceof Error ? error.stack : undefined);
  }

  #pause(ms: number, deaf: boolean): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#endPause = undefined;
        resolve();
      };
      const timer = Number.isFinite(ms) ? setTimeout(end, ms) : undefined;
      this.#endPause = () => {
        if (!deaf || this.#stopping) end();
      };
    });
  }
}
