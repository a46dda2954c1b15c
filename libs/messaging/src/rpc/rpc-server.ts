import { rpcSubjectOf, type RequestContract, type ServiceName } from '@parley/contracts';
import { withTimeout } from '@parley/resilience';
import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import type { Msg, NatsConnection, Subscription } from '@nats-io/transport-node';
import { checkStrictly } from '../codec/strict-parse.js';
import type { NatsLink } from '../link/nats-link.js';
import { read, refusalOf, resultOf } from './answering.js';
import { RPC_TRANSPORT } from './answers.js';
import { encodeWithin } from './payload-limit.js';
import { RpcFailure } from './rpc-errors.js';
import type { RpcAnswer } from './rpc-wire.js';

/** The most requests that one process handles at a time. It refuses more as `overloaded`. */
const MAX_IN_FLIGHT = 256;
const DRAIN_TIMEOUT_MS = 5_000;

/**
 * Nest's server for requests: serves each `@Answers` method over the process's one connection. The replicas of a
 * service share a queue group, so one of them answers.
 */
export class RpcServer extends Server implements CustomTransportStrategy {
  override readonly transportId = RPC_TRANSPORT;
  readonly #link: NatsLink;
  readonly #service: ServiceName;
  readonly #inFlight = new Set<Promise<void>>();
  #subscriptions: Subscription[] = [];
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

  /** Stops taking requests and waits up to five seconds for answers in progress. */
  async close(): Promise<void> {
    this.#forget();
    if (this.#link.connection()) await Promise.all(this.#subscriptions.map((each) => each.drain()));
    await withTimeout(DRAIN_TIMEOUT_MS, Promise.all(this.#inFlight), () => undefined);
  }

  /** Nest requires this method, but this server emits no events. */
  on(): void {}

  unwrap(): never {
    throw new Error('This server has no connection of its own; inject NatsLink instead');
  }

  #subscribe(connection: NatsConnection): void {
    this.#subscriptions = Array.from(this.messageHandlers.values(), (handler) => {
      const contract = handler.extras?.['contract'] as RequestContract;
      return connection.subscribe(rpcSubjectOf(contract), {
        queue: this.#service,
        callback: (error, message) => {
          if (error) this.logger.error(error);
          else this.#receive(connection, contract, handler, message);
        },
      });
    });
  }

  #receive(
    connection: NatsConnection,
    contract: RequestContract,
    handler: MessageHandler,
    message: Msg,
  ): void {
    if (this.#inFlight.size >= MAX_IN_FLIGHT) {
      const error = {
        code: 'overloaded',
        message: 'This process is answering too many requests; try again later',
        retryable: true,
      };
      return this.#respond(message, JSON.stringify({ ok: false, error } satisfies RpcAnswer));
    }
    const answering = this.#answer(connection, contract, handler, message)
      .then((answer) => this.#respond(message, answer))
      .finally(() => this.#inFlight.delete(answering));
    this.#inFlight.add(answering);
  }

  /** Sends an answer. On a closed connection only logs that: the caller will repeat its request. */
  #respond(message: Msg, answer: string): void {
    try {
      message.respond(answer);
    } catch (error) {
      this.logger.error(error);
    }
  }

  /** Never rejects: every error becomes an answer. */
  async #answer(
    connection: NatsConnection,
    contract: RequestContract,
    handler: MessageHandler,
    message: Msg,
  ): Promise<string> {
    const subject = rpcSubjectOf(contract);
    try {
      const input = read(contract.input, message);
      if (!input) throw new RpcFailure('invalid-request', `The input of ${subject} violates its contract`);
      const output = await resultOf(handler(input.data));
      checkStrictly(contract.output, output, `The answer to ${subject}`);
      const reply = { ok: true, data: output } satisfies RpcAnswer;
      return encodeWithin(connection, reply, `The answer to ${subject}`);
    } catch (error) {
      const refusal = refusalOf(error, this.#service, (cause) => this.logger.error(cause));
      return JSON.stringify({ ok: false, error: refusal } satisfies RpcAnswer);
    }
  }
}
