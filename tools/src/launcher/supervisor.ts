import { type ProcessExit, ServiceStartError, describeExit } from '@parley/local-stack';
import { EXIT_CONFIGURATION } from '@parley/service-kit/env';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** After this time a process counts as recovered: its next exit counts as the first. */
const RECOVERED_AFTER_MS = 60_000;

export interface SupervisorOptions {
  /** Starts the named process again. */
  start: (source: string) => Promise<void>;
  report: (text: string) => void;
  /** Called when a process exits for a reason that no restart fixes. */
  giveUp: (reason: string) => void;
}

/** Restarts processes that exit unexpectedly, with growing pauses. */
export class Supervisor {
  readonly #attempts = new Map<string, { count: number; at: number }>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #stopped = false;

  constructor(private readonly options: SupervisorOptions) {}

  /** Called for every unexpected exit. */
  onExit(source: string, exit: ProcessExit): void {
    if (this.#stopped) return;
    if (exit.code === EXIT_CONFIGURATION) {
      this.options.giveUp(`${source} ended with ${describeExit(exit)}; see the lines above.`);
      return;
    }
    this.#startLater(source, `${source} ended with ${describeExit(exit)}`);
  }

  /** From now on exits are expected, and nothing is restarted. */
  stop(): void {
    this.#stopped = true;
    this.#timers.forEach((timer) => clearTimeout(timer));
  }

  #startLater(source: string, why: string): void {
    const now = performance.now();
    const last = this.#attempts.get(source);
    const count = last && now - last.at < RECOVERED_AFTER_MS + LONGEST_PAUSE_MS ? last.count + 1 : 0;
    this.#attempts.set(source, { count, at: now });
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** count, LONGEST_PAUSE_MS);
    this.options.report(`${why}; starting it again in ${pauseMs / 1_000} s`);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#start(source);
    }, pauseMs);
    this.#timers.add(timer);
  }

  async #start(source: string): Promise<void> {
    try {
      await this.options.start(source);
      this.options.report(`${source} is running again`);
    } catch (error) {
      if (this.#stopped) return;
      if (error instanceof ServiceStartError && error.exit.code === EXIT_CONFIGURATION)
        this.options.giveUp(error.message);
      else this.#startLater(source, error instanceof Error ? error.message : String(error));
    }
  }
}
