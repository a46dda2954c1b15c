import type { MessageHeaders } from './codec/envelope.js';

/** A delivered message that its handler could not handle, as it came over the wire. */
export interface FailedMessage {
  /** Its `ce-id`; `<stream>:<created>:<sequence>` when it has none. */
  readonly id: string;
  readonly subject: string;
  readonly headers: MessageHeaders;
  readonly payload: Uint8Array;
}

/**
 * Where failures are counted and dead letters kept: beside the inbox marks, so that a count survives the process and
 * an outage's redeliveries do not raise it. What these methods throw is taken as "try again later".
 */
export abstract class FailedMessages {
  /** Counts one more failure of this message by this consumer (a durable's name) and answers how many there are. */
  abstract countFailure(consumer: string, message: FailedMessage, error: unknown): Promise<number>;
  /** Keeps the message as a dead letter of this consumer. It is not delivered again. */
  abstract bury(consumer: string, message: FailedMessage, error: unknown): Promise<void>;
}
