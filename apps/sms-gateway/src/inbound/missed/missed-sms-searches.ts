import type { E164, LineId } from '@parley/kernel';

/** A line that only this process searches for missed texts, until it completes or releases the line or its lease ends. */
export interface ClaimedLine {
  readonly id: LineId;
  readonly number: E164;
  /** Earlier searches found the texts before this time, or the line was not ours then. */
  readonly since: Date;
  readonly token: string;
}

/**
 * Stores when each line was last searched for missed texts.
 * @throws RetryableError while Postgres is unavailable
 */
export abstract class MissedSmsSearches {
  /** Claims a line that was not searched in the last `olderThanMs` and that no other process searches now. */
  abstract claim(olderThanMs: number, leaseMs: number): Promise<ClaimedLine | undefined>;
  /** Stores that all texts up to the claim were received. */
  abstract complete(line: ClaimedLine): Promise<void>;
  /** Ends a search that failed, so that another process may claim the line. */
  abstract release(line: ClaimedLine): Promise<void>;
  /** Whether each line was searched in the last `withinMs`. */
  abstract isEveryLineSearched(withinMs: number): Promise<boolean>;
}
