import { type ProcessExit, ServiceStartError, describeExit } from '@parley/local-stack';
import { EXIT_CONFIGURATION } from '@parley/service-kit/env';

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** Who ran this long has recovered: its next end counts as the first. */
const RECOVERED_AFTER_MS = 60_000;

export interface SupervisorOptions {
  /** Starts the process of that name again. */
  start: (source: string) => Promise<void>;
  report: (text: string) => void;
  /** Called when a process ends in a way that no restart mends. */
  giveUp: (reason: string) => void;
}

/** Starts processes again that ended by themselves, with growing pauses. */
export class Supervisor {
  readonly #attempts = new Map<string, { count: number; at: number }>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #stopped = false;

  constructor(private readonly options: SupervisorOptions) {}

  /** To be told of every unexpected end. */
  onExit(source: string, exit: ProcessExit): void {
    if (this.#stopped) return;
    if (exit.code === EXIT_CONFIGURATION) {
      this.options.giveUp(`${source} ended with ${describeExit(exit)}; the lines above say why.`);
      return;
    }
    this.#startLater(source, `${source} ended with ${describeExit(exit)}`);
  }

  /** From now on ends are expected. */
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
      this.options.report(`${source} runs again`);
    } catch (error) {
      if (this.#stopped) return;
      if (error instanceof ServiceStartError && error.exit.code === EXIT_CONFIGURATION)
        this.options.giveUp(error.message);
      else this.#startLater(source, error instanceof Error ? error.message : String(error));
    }
  }
}
