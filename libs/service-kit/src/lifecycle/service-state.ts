import { withTimeout } from '@parley/resilience';

/**
 * Whether this process may be given work. Ready = started, every condition met (the schema is migrated), and not
 * draining. It never depends on Postgres, NATS or a vendor: an outage must not take every process out of service.
 */
export class ServiceState {
  readonly #unfinished: Array<() => Promise<void>> = [];
  readonly #unmet = new Set<string>(['started']);
  #isDraining = false;

  constructor(private readonly onFailure: (error: unknown) => void = () => undefined) {}

  /** Adds a condition of readiness; call the returned function once it is met. */
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
   * After a signal to stop, this process closes once `work` is done, or after `maxMs`. Until then all of it runs,
   * though it is not ready.
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

  /** Ends the process in order, after a fault that it cannot mend by itself. */
  fail(error: unknown): void {
    this.onFailure(error);
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Why this process is not ready; empty when it is. */
  get unreadyReasons(): string[] {
    return [
      ...Array.from(this.#unmet, (condition) => `not ${condition}`),
      ...(this.#isDraining ? ['draining'] : []),
    ];
  }
}
