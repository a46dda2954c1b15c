import type { E164, LineId } from '@parley/kernel';

/** A line whose missed texts this process alone looks for until it says how that ended, or its lease is over. */
export interface PolledLine {
  readonly id: LineId;
  readonly number: E164;
  /** What came in earlier was looked for before, or came before the line was ours. */
  readonly since: Date;
  readonly token: string;
}

/** When each line's missed texts were last looked for. Everything throws RetryableError while it is away. */
export abstract class PollStore {
  /** Takes a line that was not looked at in the last `olderThanMs`, and by nobody just now. */
  abstract claim(olderThanMs: number, leaseMs: number): Promise<PolledLine | undefined>;
  /** All texts since then were taken in, up to the moment of the claim. */
  abstract complete(line: PolledLine): Promise<void>;
  /** It failed: somebody else may try. */
  abstract release(line: PolledLine): Promise<void>;
  /** Whether each line was looked at in the last `withinMs`. */
  abstract isDone(withinMs: number): Promise<boolean>;
}
