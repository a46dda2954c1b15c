import type { E164, ThreadId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import type { Line } from '../lines/line-store.js';
import type { IgnoredSms, RecordedSms, ThreadSms } from './inbound-sms.js';

/** Where inbound texts are recorded, each once by its MessageSid. */
export abstract class InboundStore {
  /**
   * Records the text and gives it its thread's next number, under the thread's row lock. Undefined when it is
   * recorded already: the transaction must then be rolled back, or that number is lost.
   */
  abstract recordInThread(tx: Transaction, sms: ThreadSms): Promise<RecordedSms | undefined>;
  /** Which of these MessageSids are recorded. */
  abstract known(messageSids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Records a text that nobody answers. False when it was recorded already. */
  abstract recordIgnored(tx: Transaction, sms: IgnoredSms): Promise<boolean>;
  /** Notes whether the texts of a thread are taken for a loop of machines. */
  abstract noteLoop(tx: Transaction, threadId: ThreadId, isLoop: boolean): Promise<void>;
  /** The thread of this person and line, if they have one. */
  abstract threadOf(tx: Transaction, line: Line, person: E164): Promise<ThreadId | undefined>;
}
