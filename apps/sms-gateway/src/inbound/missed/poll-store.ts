import type { E164, LineId } from '@parley/kernel';

/** A line whose missed texts this process alone looks for, until it completes or releases the line or its lease ends. */
export interface PolledLine {
  readonly id: LineId;
  readonly number: E164;
  /** Earlier texts were looked for before, or received before the line was ours. */
  readonly since: Date;
  readonly token: string;
}

/**
 * When each line's missed texts were last looked for.
 * @throws RetryableError while it is unavailable
 */
export abstract class PollStore {
  /** Claims a line that was not polled in the last `olderThanMs` and that no other process polls now. */
  abstract claim(olderThanMs: number, leaseMs: number): Promise<PolledLine | undefined>;
  /** Stores that all texts up to the claim were received. */
  abstract complete(line: PolledLine): Promise<void>;
  /** Ends a poll that failed, so that another process may claim the line. */
  abstract release(line: PolledLine): Promise<void>;
  /** Whether each line was polled in the last `withinMs`. */
  abstract isDone(withinMs: number): Promise<boolean>;
}
