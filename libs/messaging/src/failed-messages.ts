import type { MessageHeaders } from './codec/envelope.js';

/** A message as it was received, which its handler could not handle. */
export interface FailedMessage {
  /** The message's `ce-id`, or else `<stream>:<created>:<sequence>`. */
  readonly id: string;
  readonly subject: string;
  readonly headers: MessageHeaders;
  readonly payload: Uint8Array;
}

/**
 * Counts failures and stores dead letters beside the inbox marks, so that a count survives the process. If
 * one of these methods throws, the message is tried again later.
 */
export abstract class FailedMessages {
  /**
   * Counts one more failure of this message in this consumer (a durable's name). Returns the number of failures.
   */
  abstract countFailure(consumer: string, message: FailedMessage, error: unknown): Promise<number>;
  /** Stores the message as a dead letter of this consumer. It is not delivered again. */
  abstract storeDeadLetter(consumer: string, message: FailedMessage, error: unknown): Promise<void>;
}
