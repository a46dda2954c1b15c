import {
  subjectFilterOf,
  type LiveContract,
  type LiveRequestContract,
  type ServiceName,
} from '@parley/contracts';
import { withTimeout } from '@parley/resilience';
import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { checkStrictly } from '../codec/strict-parse.js';
import type { NatsLink } from '../link/nats-link.js';
import { read, refusalOf, resultOf } from '../rpc/answering.js';
import { RpcFailure } from '../rpc/rpc-errors.js';
import { LIVE_TRANSPORT } from './answers-live.js';
import { LiveAnswer } from './live-answer.js';
import { ALIVE_EVERY_MS } from './live-frame.js';

/** The most answers that one process produces at a time. It refuses more as `overloaded`. */
const MAX_IN_FLIGHT = 256;
/** How long answers in progress may take to end at shutdown. */
const DRAIN_TIMEOUT_MS = 5_000;
/** How long aborted answers may take to send their refusal. */
const GIVE_UP_TIMEOUT_MS = 1_000;

/**
 * Nest's server for live messages: serves each `@AnswersLive` and `@OnLive` method over the process's one connection.
 */
export class LiveServer extends Server implements CustomTransportStrategy {
  override readonly transportId = LIVE_TRANSPORT;
  readonly #link: NatsLink;
  readonly #service: ServiceName;
  readonly #inFlight = new Map<LiveAnswer, Promise<void>>();
  #subscriptions: Subscription[] = [];
  #signsOfLife: NodeJS.Timeout | undefined;
  #forget = (): void => {};

  constructor(link: NatsLink, service: ServiceName) {
    super();
    this.#link = link;
    this.#service = service;
  }

  /** Starts answering as soon as there is a connection, and does not wait for it. */
  listen(callback: () => void): void {
    this.#forget = this.#link.onNewConnection((connection) => this.#subscribe(connection));
    callback();
  }

  /** Stops taking requests, waits for answers in progress, and aborts answers that take too long. */
  async close(): Promise<void> {
    this.#forget();
    if (this.#link.connection()) await Promise.all(this.#subscriptions.map((each) => each.drain()));
    await withTimeout(DRAIN_TIMEOUT_MS, Promise.all(this.#inFlight.values()), () => undefined);
    for (const answer of this.#inFlight.keys()) answer.giveUp();
    await withTimeout(GIVE_UP_TIMEOUT_MS, Promise.all(this.#inFlight.values()), () => undefined);
    clearInterval(this.#signsOfLife);
  }

  /** Nest requires this method, but this server emits no events. */
  on(): void {}

  unwrap(): never {
    throw new Error('This server has no connection of its own; inject NatsLink instead');
  }

  #subscribe(connection: NatsConnection): void {
    this.#subscriptions = Array.from(this.messageHandlers.values(), (handler) => {
      const request = handler.extras?.['request'] as LiveRequestContract | undefined;
      if (request)
        return this.#listenTo(connection, request, true, (m) => {
          this.#receive(new LiveAnswer(request, m, connection), handler, m);
        });
      const message = handler.extras?.['message'] as LiveContract;
      const byOne = message.receivedBy === 'one-replica';
      return this.#listenTo(connection, message, byOne, (m) => void this.#handleMessage(message, handler, m));
    });
  }

  #listenTo(
    connection: NatsConnection,
    contract: LiveContract | LiveRequestContract,
    byOne: boolean,
    receive: (message: Msg) => void,
  ): Subscription {
    return connection.subscribe(subjectFilterOf(contract), {
      ...(byOne && { queue: this.#service }),
      callback: (error, message) => (error ? this.logger.error(error) : receive(message)),
    });
  }

  #receive(answer: LiveAnswer, handler: MessageHandler, message: Msg): void {
    if (this.#inFlight.size >= MAX_IN_FLIGHT) {
      const error = {
        code: 'overloaded',
        message: 'This process is answering too many requests; try again later',
        retryable: true,
      };
      return answer.sendFrame({ kind: 'refusal', error });
    }
    const answering = this.#answer(answer, handler, message).finally(() => this.#done(answer));
    this.#inFlight.set(answer, answering);
    this.#signsOfLife ??= setInterval(() => {
      for (const each of this.#inFlight.keys()) each.showLife();
    }, ALIVE_EVERY_MS);
  }

  #done(answer: LiveAnswer): void {
    this.#inFlight.delete(answer);
    if (this.#inFlight.size > 0) return;
    clearInterval(this.#signsOfLife);
    this.#signsOfLife = undefined;
  }

  /** Never rejects: every error becomes an answer. */
  async #answer(answer: LiveAnswer, handler: MessageHandler, message: Msg): Promise<void> {
    const { contract } = answer;
    try {
      const input = read(contract.input, message);
      if (!input)
        throw new RpcFailure('invalid-request', `The input of ${message.subject} violates its contract`);
      const end = await resultOf(handler(input.data, answer));
      checkStrictly(contract.end, end, `The end of the answer on ${message.subject}`);
      answer.sendFrame({ kind: 'end', data: end });
    } catch (cause) {
      const error = refusalOf(cause, this.#service, (unexpected) => this.logger.error(unexpected));
      answer.sendFrame({ kind: 'refusal', error });
    }
  }

  async #handleMessage(contract: LiveContract, handler: MessageHandler, message: Msg): Promise<void> {
    const received = read(contract.schema, message);
    if (!received)
      return this.logger.warn(`A message on ${message.subject} violates its contract and is ignored`);
    try {
      await resultOf(handler(received.data));
    } catch (error) {
      this.logger.error(error);
    }
  }
}
