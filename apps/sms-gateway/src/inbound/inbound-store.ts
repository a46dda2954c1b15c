import type { E164, ThreadId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import type { Line } from '../lines/line-store.js';
import type { IgnoredSms, RecordedSms, ThreadSms } from './inbound-sms.js';

/** Records inbound texts, each once by its MessageSid. */
export abstract class InboundStore {
  /**
   * Records the text and gives it its thread's next number, under the thread's row lock. Undefined when it is recorded
   * already: the transaction must then be rolled back, or the number is lost.
   */
  abstract recordInThread(tx: Transaction, sms: ThreadSms): Promise<RecordedSms | undefined>;
  /** Which of these MessageSids are recorded. */
  abstract known(messageSids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Records a text that is not answered. False when it was recorded already. */
  abstract recordIgnored(tx: Transaction, sms: IgnoredSms): Promise<boolean>;
  /** Stores whether a thread is flagged as a loop of machines. */
  abstract setLoop(tx: Transaction, threadId: ThreadId, isLoop: boolean): Promise<void>;
  /** The thread of this person and line, if they have one. */
  abstract threadOf(tx: Transaction, line: Line, person: E164): Promise<ThreadId | undefined>;
}
