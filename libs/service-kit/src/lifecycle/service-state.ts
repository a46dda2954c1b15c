import { withTimeout } from '@parley/resilience';

/**
 * Whether this process may be given work. Ready = started, every condition met (the schema is migrated), and not
 * draining; never whether Postgres, NATS or a vendor answer: an outage must not take every process out of service.
 */
export class ServiceState {
  readonly #unfinished: Array<() => Promise<void>> = [];
  readonly #unmet = new Set<string>(['started']);
  #isDraining = false;

  constructor(private readonly onFailure: (error: unknown) => void = () => undefined) {}

  /** Readiness waits for this; call the returned function once it holds. */
  require(condition: string): () => void {
    this.#unmet.add(condition);
    return () => void this.#unmet.delete(condition);
  }

  markStarted(): void {
    this.#unmet.delete('started');
  }

  /** From now on this process takes no new work. */
  drain(): void {
    this.#isDraining = true;
  }

  /**
   * After a signal to stop, this process closes once `work` is done, or after `maxMs`. Until then everything of it runs,
   * though it is not ready.
   */
  finishBeforeClosing(maxMs: number, work: (deadline: AbortSignal) => Promise<void>): void {
    this.#unfinished.push(() => {
      const deadline = new AbortController();
      return withTimeout(maxMs, work(deadline.signal), () => deadline.abort());
    });
  }

  /** Settles when everything is done that must be before this process closes, or has taken too long. */
  async finished(): Promise<void> {
    await Promise.all(this.#unfinished.map((finish) => finish()));
  }

  /** Ends the process in order: something that cannot mend itself was found after the start. */
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
