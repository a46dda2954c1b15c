import { durableOf, type Contract, type ServiceName } from '@parley/contracts';
import {
  Server,
  type CustomTransportStrategy,
  type MessageHandler as NestHandler,
} from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { MessageCodec } from '../codec/message-codec.js';
import type { FailedMessages } from '../failed-messages.js';
import type { NatsLink } from '../link/nats-link.js';
import { DurableConsumer } from './durable-consumer.js';
import type { DurableHandlers } from './durable-handlers.js';
import { JETSTREAM_TRANSPORT } from './handlers.js';
import { MessageHandling, type MessageHandler } from './message-handling.js';
import type { Topology } from './topology.js';

export interface JetStreamServerParts {
  readonly service: ServiceName;
  readonly link: NatsLink;
  readonly topology: Topology;
  readonly codec: MessageCodec;
  readonly failedMessages: FailedMessages;
  readonly handlers: DurableHandlers;
}

/** Nest's server for durable messages. Each `@OnFact` and `@OnCommand` method gets a durable consumer. */
export class JetStreamServer extends Server implements CustomTransportStrategy {
  override readonly transportId = JETSTREAM_TRANSPORT;
  readonly #parts: JetStreamServerParts;
  #consumers: DurableConsumer[] = [];

  constructor(parts: JetStreamServerParts) {
    super();
    this.#parts = parts;
  }

  /** Starts reading in the background, even if NATS is unavailable. */
  listen(callback: () => void): void {
    this.#consumers = Array.from(this.messageHandlers.values(), (handler) => this.#consumerOf(handler));
    for (const consumer of this.#consumers) consumer.start();
    callback();
  }

  async close(): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.stop()));
  }

  override addHandler(
    pattern: string,
    callback: NestHandler,
    isEventHandler?: boolean,
    extras?: Record<string, unknown>,
  ): void {
    if (this.messageHandlers.has(pattern))
      throw new Error(`${pattern} has two handlers in this service; remove one`);
    super.addHandler(pattern, callback, isEventHandler, extras);
  }

  /** Nest requires this method, but this server emits no events. */
  on(): void {}

  unwrap(): never {
    throw new Error('This server has no connection of its own; inject NatsLink instead');
  }

  #consumerOf(nestHandler: NestHandler): DurableConsumer {
    const { service, link, topology, codec, failedMessages, handlers } = this.#parts;
    const contract = nestHandler.extras?.['contract'] as Contract;
    if (!contract.consumers.includes(service)) {
      throw new Error(
        `${service} handles ${contract.kind}.${contract.name}, but is not among the consumers of its contract; add it there`,
      );
    }
    const handler: MessageHandler = async (data, context) => {
      const result: unknown = await nestHandler(data, context);
      if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
    };
    const durable = durableOf(contract, service);
    const handling = new MessageHandling(contract, durable, codec, handler, failedMessages);
    handlers.add(durable, handling);
    return new DurableConsumer(contract, service, link, topology, handling);
  }
}
