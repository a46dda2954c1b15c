import type { Msg } from '@nats-io/transport-node';
import type { FailedMessage } from '../failed-messages.js';
import { headersOf } from './wire-headers.js';

const ACK = '+ACK';
const NAK = '-NAK';
const TERM = '+TERM';
const WORKING = '+WPI';
const MAX_REASON_LENGTH = 200;

/** A message that JetStream delivered to us and waits to hear of. */
export class DeliveredMessage {
  readonly sequence: number;
  /** `<stream>:<created>:<sequence>`: this message's place, whatever its id. */
  readonly place: string;
  readonly content: FailedMessage;
  /** When the server last heard that we hold it, by `performance.now()`. */
  #heldSince = performance.now();

  constructor(
    private readonly message: Msg,
    stream: string,
    /** The creation time of the stream it came from. */
    readonly streamCreated: string,
  ) {
    this.sequence = sequenceOf(message.reply ?? '');
    this.place = `${stream}:${streamCreated}:${this.sequence}`;
    const headers = headersOf(message.headers);
    this.content = {
      id: headers['ce-id'] || this.place,
      subject: message.subject,
      headers,
      payload: message.data,
    };
  }

  /** The subject's last token. */
  get key(): string {
    return this.message.subject.slice(this.message.subject.lastIndexOf('.') + 1);
  }

  /** It is done with. */
  ack(): void {
    this.#tell(ACK);
  }

  /** It is to be delivered again, to whoever asks next. */
  giveBack(): void {
    this.#tell(NAK);
  }

  /** It is never to be delivered again. */
  terminate(reason: string): void {
    this.#tell(`${TERM} ${reason.replace(/\s+/g, ' ').slice(0, MAX_REASON_LENGTH)}`);
  }

  /** Tells the server that it is still in hand, if that was not said for `afterMs`. */
  keepHold(now: number, afterMs: number): void {
    if (now - this.#heldSince < afterMs) return;
    this.#heldSince = now;
    this.#tell(WORKING);
  }

  /** A closed connection takes nothing any more: the server delivers the message again. */
  #tell(verdict: string): void {
    try {
      this.message.respond(verdict);
    } catch {
      return;
    }
  }
}

/**
 * `$JS.ACK.<stream>.<consumer>.<deliveries>.<sequence>.…`; with a domain and an account hash before the stream in
 * servers that send the longer form.
 */
function sequenceOf(replySubject: string): number {
  const tokens = replySubject.split('.');
  return Number(tokens.length === 9 ? tokens[5] : tokens[7]);
}
