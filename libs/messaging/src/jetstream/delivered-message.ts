import type { Msg } from '@nats-io/transport-node';
import type { FailedMessage } from '../failed-messages.js';
import { headersOf } from './wire-headers.js';

const ACK = '+ACK';
const NAK = '-NAK';
const TERM = '+TERM';
const WORKING = '+WPI';
const MAX_REASON_LENGTH = 200;

/** A message that JetStream delivered and that has not been acknowledged. */
export class DeliveredMessage {
  readonly sequence: number;
  /** The message's position in JetStream: `<stream>:<created>:<sequence>`. */
  readonly position: string;
  readonly content: FailedMessage;
  /** When this process last reported to the server that it still holds the message, by `performance.now()`. */
  #reportedAtMs = performance.now();

  constructor(
    private readonly message: Msg,
    stream: string,
    /** The creation time of its stream. */
    readonly streamCreated: string,
  ) {
    this.sequence = sequenceOf(message.reply ?? '');
    this.position = `${stream}:${streamCreated}:${this.sequence}`;
    const headers = headersOf(message.headers);
    this.content = {
      id: headers['ce-id'] || this.position,
      subject: message.subject,
      headers,
      payload: message.data,
    };
  }

  /** The subject's last token. */
  get key(): string {
    return this.message.subject.slice(this.message.subject.lastIndexOf('.') + 1);
  }

  /** Acknowledges the message as handled. */
  ack(): void {
    this.#respond(ACK);
  }

  /** Gives the message back. The server delivers it again, to the next process that requests messages. */
  giveBack(): void {
    this.#respond(NAK);
  }

  /** Ends the message, so that the server never delivers it again. */
  terminate(reason: string): void {
    this.#respond(`${TERM} ${reason.replace(/\s+/g, ' ').slice(0, MAX_REASON_LENGTH)}`);
  }

  /**
   * Reports to the server that this process still holds the message, unless it reported that less than
   * `afterMs` ago.
   */
  extendHold(now: number, afterMs: number): void {
    if (now - this.#reportedAtMs < afterMs) return;
    this.#reportedAtMs = now;
    this.#respond(WORKING);
  }

  /** Sends an outcome to the server; on a closed connection nothing, and the server delivers the message again. */
  #respond(outcome: string): void {
    try {
      this.message.respond(outcome);
    } catch {
      return;
    }
  }
}

/**
 * Reads the sequence in `$JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.…`; servers that send the longer form put a
 * domain and an account hash before the stream.
 */
function sequenceOf(replySubject: string): number {
  const tokens = replySubject.split('.');
  return Number(tokens.length === 9 ? tokens[5] : tokens[7]);
}
