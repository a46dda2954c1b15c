import type { E164, LineId, ThreadId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import type { Consent } from '@parley/sms-policy';

/** One of our numbers. */
export interface TextLine {
  readonly id: LineId;
  readonly number: E164;
}

/**
 * All that the REST API needs of the gateway it runs in: which numbers are our lines, which people may be texted, and on which
 * thread.
 */
export abstract class TextThreads {
  /** The line to text from where the caller names none; undefined until the lines are loaded. */
  abstract readonly defaultLine: TextLine | undefined;
  /** The line of this number, if it is one of ours. */
  abstract findLine(number: string): Promise<TextLine | undefined>;
  /** @throws RetryableError until the lines are loaded */
  abstract isLine(number: E164): boolean;
  /** Whether the person may be texted; locks that until the transaction ends. */
  abstract lockConsent(tx: Transaction, person: E164): Promise<Consent>;
  /** The thread of this person and line, created when there is none. */
  abstract ensureThread(tx: Transaction, line: TextLine, person: E164): Promise<ThreadId>;
}
