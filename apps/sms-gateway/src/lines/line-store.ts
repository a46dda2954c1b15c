import type { E164, LineId } from '@parley/kernel';

/** One of our numbers. */
export interface Line {
  readonly id: LineId;
  readonly number: E164;
}

/**
 * Stores our lines.
 * @throws RetryableError while Postgres is unavailable
 */
export abstract class LineStore {
  abstract all(): Promise<Line[]>;
  abstract find(number: E164): Promise<Line | undefined>;
  /** The line of this number, created if it is new. */
  abstract ensure(number: E164): Promise<Line>;
}
