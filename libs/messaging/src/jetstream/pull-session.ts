import {
  createInbox,
  nanos,
  type Msg,
  type NatsConnection,
  type Subscription,
} from '@nats-io/transport-node';

/**
 * How long the server keeps a request for messages open, in milliseconds. A frozen process is given messages until
 * its requests run out: no later than the first of those it holds is given to another (`ACK_WAIT_MS`). Running out is
 * also the sign of life that a longer request would need heartbeats for.
 */
const REQUEST_EXPIRES_MS = 2_000;
/** After this long without a message or an expiry the requests are taken as lost, in milliseconds. */
const SILENCE_LIMIT_MS = 3 * REQUEST_EXPIRES_MS;

const CLOSE_TIMEOUT_MS = 1_000;

const STATUS_REQUEST_EXPIRED = 408;

/**
 * Why a session is over: the server has no such stream or consumer (or its leader moved), it went silent, the
 * connection was lost, or we ended it.
 */
export type SessionEnd = 'missing' | 'silent' | 'reconnected' | 'halted' | 'stopped';

/**
 * Pulls a durable consumer's messages through one inbox for as long as a connection stands. Beside the client's own
 * `consume()` it never takes more than was asked for, and ending it loses no message that is on its way to us: those
 * would otherwise lie unanswered until the server's ack wait is over.
 */
export class PullSession {
  readonly ended: Promise<SessionEnd>;
  readonly #connection: NatsConnection;
  readonly #requestSubject: string;
  readonly #infoSubject: string;
  readonly #inbox = createInbox();
  readonly #subscription: Subscription;
  readonly #onMessage: (message: Msg) => void;
  readonly #onRoom: () => void;
  #end!: (reason: SessionEnd) => void;
  #isOver = false;
  #outstanding = 0;
  #lastHeardAt = performance.now();

  /** @param onRoom called when a request ran out, so that it can be asked again */
  constructor(
    connection: NatsConnection,
    consumer: { stream: string; durable: string },
    callbacks: { onMessage: (message: Msg) => void; onRoom: () => void },
  ) {
    this.#connection = connection;
    this.#requestSubject = `$JS.API.CONSUMER.MSG.NEXT.${consumer.stream}.${consumer.durable}`;
    this.#infoSubject = `$JS.API.CONSUMER.INFO.${consumer.stream}.${consumer.durable}`;
    this.#onMessage = callbacks.onMessage;
    this.#onRoom = callbacks.onRoom;
    this.ended = new Promise((resolve) => (this.#end = resolve));
    this.#subscription = connection.subscribe(this.#inbox, {
      callback: (error, message) => (error ? this.end('missing') : this.#receive(message)),
    });
  }

  /** How many messages were asked for and have not come. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Asks for that many messages more. */
  ask(count: number): void {
    if (this.#isOver) return;
    if (this.#outstanding === 0) this.#lastHeardAt = performance.now();
    this.#outstanding += count;
    const request = { batch: count, expires: nanos(REQUEST_EXPIRES_MS) };
    this.#connection.publish(this.#requestSubject, JSON.stringify(request), { reply: this.#inbox });
  }

  /** Asks for nothing more; `ended` resolves. What is already on its way still comes until `close`. */
  end(reason: SessionEnd): void {
    this.#isOver = true;
    this.#end(reason);
  }

  /** To be called now and then: notices that the server forgot our requests. */
  checkSilence(): void {
    if (this.#outstanding > 0 && performance.now() - this.#lastHeardAt > SILENCE_LIMIT_MS) this.end('silent');
  }

  /**
   * Gives up the inbox, after the messages on their way have come. The server then finds open requests that nobody
   * waits for; left with them it would take up the first message given back and put it behind the others. Asking it
   * about the consumer makes it drop them (`processWaiting` in nats-server's `consumer.go`).
   */
  async close(isConnected: boolean): Promise<void> {
    if (!isConnected) return this.#subscription.unsubscribe();
    await this.#subscription.drain();
    if (this.#outstanding === 0) return;
    await this.#connection
      .request(this.#infoSubject, undefined, { timeout: CLOSE_TIMEOUT_MS })
      .catch(() => undefined);
  }

  #receive(message: Msg): void {
    this.#lastHeardAt = performance.now();
    if (message.subject !== this.#inbox) {
      this.#outstanding -= 1;
      this.#onMessage(message);
      return;
    }
    const status = message.headers?.code;
    if (status !== STATUS_REQUEST_EXPIRED) return this.end('missing');
    this.#outstanding -= Number(message.headers?.get('Nats-Pending-Messages') ?? 0);
    this.#onRoom();
  }
}
