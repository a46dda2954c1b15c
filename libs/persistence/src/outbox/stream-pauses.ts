import type { PersistenceTimes } from '../persistence-times.js';

interface Pause {
  readonly failures: number;
  readonly until: number;
  readonly end: NodeJS.Timeout;
}

/** Decides when publishing to a stream is retried after a failure. The pause doubles up to a bound. */
export class StreamPauses {
  readonly #pauses = new Map<string, Pause>();

  /** @param onOver called at the end of each pause */
  constructor(
    private readonly times: PersistenceTimes,
    private readonly onOver: () => void,
  ) {}

  /** Returns the kinds of the streams that pause now. */
  kinds(): string[] {
    const now = performance.now();
    return [...this.#pauses].filter(([, { until }]) => now < until).map(([kind]) => kind);
  }

  succeeded(kind: string): void {
    clearTimeout(this.#pauses.get(kind)?.end);
    this.#pauses.delete(kind);
  }

  /**
   * Records a failure. Of several messages that fail together, only the first counts. Returns true for the
   * first failure after a success.
   */
  failed(kind: string): boolean {
    const now = performance.now();
    const failures = this.#pauses.get(kind)?.failures ?? 0;
    if (failures > 0 && now < (this.#pauses.get(kind)?.until ?? 0)) return false;
    const pauseMs = Math.min(this.times.publishRetryMinMs * 2 ** failures, this.times.publishRetryMaxMs);
    // A timer may fire a little early by the clock that `kinds` reads.
    const end = setTimeout(this.onOver, pauseMs + 1);
    this.#pauses.set(kind, { failures: failures + 1, until: now + pauseMs, end });
    return failures === 0;
  }

  clear(): void {
    for (const { end } of this.#pauses.values()) clearTimeout(end);
    this.#pauses.clear();
  }
}
