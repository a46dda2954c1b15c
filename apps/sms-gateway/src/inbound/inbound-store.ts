import type { Transaction } from '@parley/persistence';
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
  /** Records a text that nobody answers; again is the same. */
  abstract recordIgnored(tx: Transaction, sms: IgnoredSms): Promise<void>;
}
