import type { E164, ThreadId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import type { Line } from '../../lines/line-store.js';
import type { IgnoredSms, RecordedSms, ThreadSms } from './inbound-sms.js';

/** Records inbound texts, each once by its MessageSid. */
export abstract class InboundStore {
  /**
   * Records the text and gives it its thread's next number, under the thread's row lock. Undefined if the text is recorded
   * already: the caller must then roll back, or the number is lost.
   */
  abstract recordInThread(tx: Transaction, sms: ThreadSms): Promise<RecordedSms | undefined>;
  /** Returns the given MessageSids that are recorded. */
  abstract findRecorded(messageSids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Records a text that is not answered. False if it was recorded already. */
  abstract recordIgnored(tx: Transaction, sms: IgnoredSms): Promise<boolean>;
  /** Stores whether a thread is flagged as a loop of machines. */
  abstract setLoopFlag(tx: Transaction, threadId: ThreadId, isLoop: boolean): Promise<void>;
  /** The thread of this person and line, if they have one. */
  abstract findThread(tx: Transaction, line: Line, person: E164): Promise<ThreadId | undefined>;
}
