import type { E164, LineId, ThreadId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import type { Consent } from '@parley/sms-policy';

/** One of our numbers. */
export interface SendingLine {
  readonly id: LineId;
  readonly number: E164;
}

/** The REST API's access to the rest of the gateway: our lines, people's consent, and threads. */
export abstract class TextThreads {
  /** The line to text from if the caller names none; undefined until the lines are loaded. */
  abstract readonly defaultLine: SendingLine | undefined;
  /** Undefined if the number is not one of our lines. */
  abstract findLine(number: string): Promise<SendingLine | undefined>;
  /** @throws RetryableError until the lines are loaded */
  abstract isLine(number: E164): boolean;
  /** Returns whether the person may be texted, and locks their consent until the transaction ends. */
  abstract lockConsent(tx: Transaction, person: E164): Promise<Consent>;
  /** The thread of this person and line, created if there is none. */
  abstract ensureThread(tx: Transaction, line: SendingLine, person: E164): Promise<ThreadId>;
}
