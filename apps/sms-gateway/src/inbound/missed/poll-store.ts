import type { E164, LineId } from '@parley/kernel';

/** A line that only this process polls for missed texts, until it completes or releases the line or its lease ends. */
export interface PolledLine {
  readonly id: LineId;
  readonly number: E164;
  /** Earlier polls found the texts before this time, or the line was not ours then. */
  readonly since: Date;
  readonly token: string;
}

/**
 * Stores when each line was last polled for missed texts.
 * @throws RetryableError while Postgres is unavailable
 */
export abstract class PollStore {
  /** Claims a line that was not polled in the last `olderThanMs` and that no other process polls now. */
  abstract claim(olderThanMs: number, leaseMs: number): Promise<PolledLine | undefined>;
  /** Stores that all texts up to the claim were received. */
  abstract complete(line: PolledLine): Promise<void>;
  /** Ends a poll that failed, so that another process may claim the line. */
  abstract release(line: PolledLine): Promise<void>;
  /** Whether each line was polled in the last `withinMs`. */
  abstract isEveryLinePolled(withinMs: number): Promise<boolean>;
}
