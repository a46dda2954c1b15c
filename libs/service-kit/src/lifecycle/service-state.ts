import { withTimeout } from '@parley/resilience';

/**
 * Whether this process may be given work: it has started, every condition is met (its schema is migrated), and it does
 * not drain. Postgres, NATS and vendors do not matter, because an outage must not take every process out of service.
 */
export class ServiceState {
  readonly #unfinished: Array<() => Promise<void>> = [];
  readonly #unmet = new Set<string>(['started']);
  #isDraining = false;

  constructor(private readonly onFailure: (error: unknown) => void = () => undefined) {}

  /** Adds a condition of readiness. Call the returned function once the condition is met. */
  require(condition: string): () => void {
    this.#unmet.add(condition);
    return () => void this.#unmet.delete(condition);
  }

  markStarted(): void {
    this.#unmet.delete('started');
  }

  /** Makes this process take no new work. */
  drain(): void {
    this.#isDraining = true;
  }

  /**
   * Adds work to do after a signal to stop, for at most `maxMs`; then the process closes. Until then everything runs, but
   * the process is not ready.
   */
  finishBeforeClosing(maxMs: number, work: (deadline: AbortSignal) => Promise<void>): void {
    this.#unfinished.push(() => {
      const deadline = new AbortController();
      return withTimeout(maxMs, work(deadline.signal), () => deadline.abort());
    });
  }

  /** Resolves when all work that must end before the process closes is done, or has taken too long. */
  async finished(): Promise<void> {
    await Promise.all(this.#unfinished.map((finish) => finish()));
  }

  /** Stops the process in order after an error from which it cannot recover. */
  fail(error: unknown): void {
    this.onFailure(error);
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Returns why this process is not ready; empty if it is ready. */
  get unreadyReasons(): string[] {
    return [
      ...Array.from(this.#unmet, (condition) => `not ${condition}`),
      ...(this.#isDraining ? ['draining'] : []),
    ];
  }
}
