import { Controller, Inject, Logger, type Type } from '@nestjs/common';
import {
  deadLetterCursor,
  deadLetters,
  type DeadLetterView,
  type Page,
  pageFrom,
  parseDeadLetterCursor,
  type RedriveResult,
  type ServiceName,
} from '@parley/contracts';
import { Answers, DurableHandlers, FailedMessages, RpcFailure } from '@parley/messaging';

import { DeadLetters, type DeadLetterId, type RedriveState, withoutNumbers } from './dead-letters.js';
import { errorText } from './postgres-failed-messages.js';

/** rpc.<service>.list-dead-letters, get-dead-letter, redrive-dead-letter */
export function deadLettersResponder(service: ServiceName): Type {
  const requests = deadLetters[service];

  @Controller()
  class DeadLettersResponder {
    readonly #logger = new Logger(DeadLettersResponder.name);

    constructor(
      @Inject(DeadLetters) private readonly stored: DeadLetters,
      @Inject(FailedMessages) private readonly failedMessages: FailedMessages,
      @Inject(DurableHandlers) private readonly handlers: DurableHandlers,
    ) {}

    @Answers(requests.list)
    async list({
      limit,
      cursor,
    }: {
      limit: number;
      cursor?: string | undefined;
    }): Promise<Page<DeadLetterView>> {
      const after = cursor === undefined ? undefined : parseDeadLetterCursor(cursor);
      if (cursor !== undefined && !after) {
        throw new RpcFailure(
          'invalid-cursor',
          'The cursor does not belong to this list; use the nextCursor of one of its pages',
        );
      }
      const found = await this.stored.list(limit + 1, after);
      return pageFrom(found, limit, deadLetterCursor);
    }

    @Answers(requests.get)
    async get(key: { consumer: string; eventId: string }): Promise<DeadLetterView | null> {
      return (await this.stored.get(key)) ?? null;
    }

    /**
     * Redrives a dead letter and answers with the outcome. If the stream delivers the message at the same
     * time, the inbox mark lets only one of the two be handled.
     */
    @Answers(requests.redrive)
    async redrive({
      requestId,
      ...key
    }: { requestId: string } & DeadLetterId): Promise<RedriveResult | null> {
      const earlier = await this.stored.answerTo(requestId);
      if (earlier) this.#refuseAnother(earlier, key);
      if (earlier?.outcome) return resultOf(earlier.outcome, earlier.error ?? undefined);
      if (!this.handlers.has(key.consumer)) return null;
      const message = await this.stored.begin(requestId, key);
      if (!message) return this.#answerNotBegun(requestId, key);
      const handled = await this.handlers.handle(key.consumer, message);
      if (handled.kind === 'retryable') {
        await this.stored.release(requestId, key);
        throw handled.error;
      }
      if (handled.kind === 'handled') await this.stored.settle(key);
      else await this.failedMessages.storeDeadLetter(key.consumer, message, handled.error);
      const outcome = handled.kind;
      const error = handled.kind === 'failed' ? errorText(handled.error) : undefined;
      await this.stored.storeAnswer(requestId, outcome, error);
      this.#logger.log({ ...key, outcome }, 'Dead letter redriven');
      return resultOf(outcome, error);
    }

    #refuseAnother(earlier: RedriveState, { consumer, eventId }: DeadLetterId): void {
      if (earlier.consumer === consumer && earlier.eventId === eventId) return;
      throw new RpcFailure(
        'request-id-reused',
        'This request id was used for another dead letter; use a new one',
      );
    }

    /**
     * Answers a redrive that could not begin: the same request has just ended, the dead letter does not
     * exist, or another request redrives it.
     */
    async #answerNotBegun(requestId: string, key: DeadLetterId): Promise<RedriveResult | null> {
      const answer = await this.stored.answerTo(requestId);
      if (answer?.outcome) return resultOf(answer.outcome, answer.error ?? undefined);
      if (!(await this.stored.get(key))) return null;
      throw new RpcFailure(
        'redrive-under-way',
        'Another request is redriving this dead letter; try again later',
        true,
      );
    }
  }
  return DeadLettersResponder;
}

function resultOf(outcome: 'handled' | 'failed', error: string | undefined): RedriveResult {
  return { outcome, ...(error !== undefined && { error: withoutNumbers(error) }) };
}
