import { nanos, type Msg, type NatsConnection, type Subscription } from '@nats-io/transport-node';
import { newInbox } from '../link/new-inbox.js';

/**
 * How long the server holds a request for messages open, in milliseconds. It is less than `ACK_WAIT_MS`,
 * because the server gives messages to a frozen process until its requests expire. An expired request is also
 * a sign of life.
 */
const REQUEST_EXPIRES_MS = 2_000;
/**
 * How long, in milliseconds, the server holds a request open if the request before it got no message. The server
 * sends signs of life. The request is for one message, so that a frozen process gets at most one.
 */
const WAIT_EXPIRES_MS = 60_000;
const WAIT_SIGN_OF_LIFE_MS = 10_000;
/** After this many missed signs of life, the requests count as lost. */
const SIGNS_MISSED = 2.5;

const CLOSE_TIMEOUT_MS = 1_000;

const STATUS_SIGN_OF_LIFE = 100;
const STATUS_REQUEST_EXPIRED = 408;

/**
 * Why a session ended: stream or consumer do not exist (or their leader moved), the server was silent, the
 * connection was lost, or this process ended the session.
 */
export type SessionEnd = 'missing' | 'silent' | 'reconnected' | 'halted' | 'stopped';

/**
 * Pulls a durable consumer's messages through one inbox while a connection lasts. Unlike the client's own
 * `consume()`, it never gets more messages than it requested, and loses no message that is on its way when it
 * ends.
 */
export class PullSession {
  readonly #end = Promise.withResolvers<SessionEnd>();
  readonly ended = this.#end.promise;
  readonly #connection: NatsConnection;
  readonly #requestSubject: string;
  readonly #infoSubject: string;
  readonly #inbox: string;
  readonly #subscription: Subscription;
  readonly #onMessage: (message: Msg) => void;
  readonly #onCapacity: () => void;
  #isOver = false;
  #outstanding = 0;
  /** Whether no message has arrived since the last request. */
  #isQuiet = false;
  #isWaiting = false;
  #silence: NodeJS.Timeout | undefined;

  /** @param onCapacity called when a request expired, so that the caller can ask again */
  constructor(
    connection: NatsConnection,
    consumer: { stream: string; durable: string },
    callbacks: { onMessage: (message: Msg) => void; onCapacity: () => void },
  ) {
    this.#connection = connection;
    this.#inbox = newInbox(connection);
    this.#requestSubject = `$JS.API.CONSUMER.MSG.NEXT.${consumer.stream}.${consumer.durable}`;
    this.#infoSubject = `$JS.API.CONSUMER.INFO.${consumer.stream}.${consumer.durable}`;
    this.#onMessage = callbacks.onMessage;
    this.#onCapacity = callbacks.onCapacity;
    this.#subscription = connection.subscribe(this.#inbox, {
      callback: (error, message) => (error ? this.end('missing') : this.#receive(message)),
    });
  }

  /** How many requested messages have not arrived. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Requests `count` more messages, or only one if none has arrived since the last request. */
  ask(count: number): void {
    if (this.#isOver || this.#isWaiting) return;
    this.#isWaiting = this.#isQuiet && this.#outstanding === 0;
    this.#isQuiet = true;
    const request = this.#isWaiting
      ? { batch: 1, expires: nanos(WAIT_EXPIRES_MS), idle_heartbeat: nanos(WAIT_SIGN_OF_LIFE_MS) }
      : { batch: count, expires: nanos(REQUEST_EXPIRES_MS) };
    this.#outstanding += request.batch;
    this.#connection.publish(this.#requestSubject, JSON.stringify(request), { reply: this.#inbox });
    this.#expectSign();
  }

  /** Stops requesting and resolves `ended`. Messages on their way still arrive until `close`. */
  end(reason: SessionEnd): void {
    this.#isOver = true;
    clearTimeout(this.#silence);
    this.#end.resolve(reason);
  }

  /**
   * Closes the inbox after the messages on their way have arrived. Then asks for the consumer's info, which makes the
   * server drop the inbox's open requests (`processWaiting` in nats-server's `consumer.go`). Otherwise it would send one
   * of them a message that was given back, and redeliver that message too late.
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
    if (message.subject !== this.#inbox) {
      this.#outstanding -= 1;
      this.#isQuiet = false;
      this.#isWaiting = false;
      this.#expectSign();
      this.#onMessage(message);
      return;
    }
    const status = message.headers?.code;
    if (status === STATUS_SIGN_OF_LIFE) return this.#expectSign();
    if (status !== STATUS_REQUEST_EXPIRED) return this.end('missing');
    this.#outstanding -= Number(message.headers?.get('Nats-Pending-Messages') ?? 0);
    this.#isWaiting = false;
    this.#expectSign();
    this.#onCapacity();
  }

  /** Detects that the server has lost the requests. */
  #expectSign(): void {
    clearTimeout(this.#silence);
    if (this.#isOver || this.#outstanding <= 0) return;
    const everyMs = this.#isWaiting ? WAIT_SIGN_OF_LIFE_MS : REQUEST_EXPIRES_MS;
    this.#silence = setTimeout(() => this.end('silent'), SIGNS_MISSED * everyMs);
  }
}
