import { Logger } from '@nestjs/common';
import { inboxMissingRequests, type ServiceName } from '@parley/contracts';
import { type RpcClient, RpcFailure, RpcUnavailableError } from '@parley/messaging';

import { type InternalConsumer, internalConsumersOf } from './internal-consumers.js';

/** A message by its id and subject. */
export interface PublishedMessage {
  readonly eventId: string;
  readonly subject: string;
}

/** Messages by their consumers' answers: all consumers have it, at least one does not, or one did not answer. */
export interface InboxCheck<Message> {
  readonly handled: Message[];
  readonly missing: Message[];
  readonly unanswered: Message[];
}

type Missing = ReadonlySet<string> | undefined;

/** Asks the inboxes of the services that consume our messages. */
export class ConsumerInboxes {
  readonly #logger = new Logger(ConsumerInboxes.name);
  readonly #reported = new Set<string>();

  constructor(private readonly rpc: RpcClient) {}

  /** Asks each consumer once about all messages that it should have. Takes at most `MAX_INBOX_IDS` messages. */
  async ask<Message extends PublishedMessage>(messages: readonly Message[]): Promise<InboxCheck<Message>> {
    const idsByDurable = new Map<string, { consumer: InternalConsumer; ids: string[] }>();
    for (const { eventId: id, subject } of messages) {
      for (const consumer of this.#consumersOf(subject) ?? []) {
        const question = idsByDurable.get(consumer.durable) ?? { consumer, ids: [] };
        question.ids.push(id);
        idsByDurable.set(consumer.durable, question);
      }
    }
    const unavailable = new Set<ServiceName>();
    const missing = new Map<string, Missing>();
    for (const [durable, { consumer, ids }] of idsByDurable) {
      missing.set(
        durable,
        unavailable.has(consumer.service) ? undefined : await this.#missing(consumer, ids),
      );
      if (!missing.get(durable)) unavailable.add(consumer.service);
    }
    return this.#sorted(messages, missing);
  }

  #sorted<Message extends PublishedMessage>(
    messages: readonly Message[],
    missing: ReadonlyMap<string, Missing>,
  ): InboxCheck<Message> {
    const sorted: InboxCheck<Message> = { handled: [], missing: [], unanswered: [] };
    for (const message of messages) {
      const consumers = internalConsumersOf(message.subject);
      const answers = consumers?.map(({ durable }) => missing.get(durable)) ?? [undefined];
      if (answers.some((ids) => ids?.has(message.eventId))) sorted.missing.push(message);
      else if (answers.includes(undefined)) sorted.unanswered.push(message);
      else sorted.handled.push(message);
    }
    return sorted;
  }

  #consumersOf(subject: string): readonly InternalConsumer[] | undefined {
    const consumers = internalConsumersOf(subject);
    if (!consumers) {
      const type = subject.slice(0, subject.lastIndexOf('.'));
      this.#reportOnce(
        type,
        `This release does not know the message type ${type}, so messages of it cannot be settled`,
      );
    }
    return consumers;
  }

  async #missing({ service, durable }: InternalConsumer, ids: string[]): Promise<Missing> {
    try {
      const answer = await this.rpc.request(inboxMissingRequests[service], { consumer: durable, ids });
      this.#reported.delete(service);
      return new Set(answer.missing);
    } catch (error) {
      if (!(error instanceof RpcUnavailableError || error instanceof RpcFailure)) throw error;
      this.#reportOnce(
        service,
        `${service} does not answer, so its messages cannot be settled yet: ${error.message}`,
      );
      return undefined;
    }
  }

  /** Logs each reason once, until it has passed. */
  #reportOnce(reason: string, line: string): void {
    if (!this.#reported.has(reason)) this.#logger.warn(line);
    this.#reported.add(reason);
  }
}
