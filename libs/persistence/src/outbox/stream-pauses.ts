import type { RecoveryTimes } from '../recovery-times.js';

interface Pause {
  failures: number;
  until: number;
}

/** When each stream is tried again after it did not take a message; the pause doubles up to its bound. */
export class StreamPauses {
  readonly #pauses = new Map<string, Pause>();

  constructor(private readonly times: RecoveryTimes) {}

  /** The streams not to be tried now. */
  kinds(): string[] {
    const now = performance.now();
    return [...this.#pauses].filter(([, { until }]) => now < until).map(([kind]) => kind);
  }

  succeeded(kind: string): void {
    this.#pauses.delete(kind);
  }

  /** Of many messages that fail together only the first counts. True: this is the first failure after a success. */
  failed(kind: string): boolean {
    const now = performance.now();
    const failures = this.#pauses.get(kind)?.failures ?? 0;
    if (failures > 0 && now < (this.#pauses.get(kind)?.until ?? 0)) return false;
    const pauseMs = Math.min(this.times.publishRetryMinMs * 2 ** failures, this.times.publishRetryMaxMs);
    this.#pauses.set(kind, { failures: failures + 1, until: now + pauseMs });
    return failures === 0;
  }

  clear(): void {
    this.#pauses.clear();
  }
}
