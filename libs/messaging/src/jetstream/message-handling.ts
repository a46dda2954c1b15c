import type { Contract } from '@parley/contracts';
import { PoisonMessageError, RetryableError, sleep, withTimeout } from '@parley/resilience';
import type { MessageCodec } from '../codec/message-codec.js';
import type { FailedMessage, FailedMessages } from '../failed-messages.js';
import { MessageContext } from './message-context.js';

/** What to do with a delivered message: acknowledge it, end it as a dead letter, or try it again later. */
export type HandlingOutcome =
  | { readonly kind: 'handled' }
  | { readonly kind: 'dead-letter'; readonly error: unknown }
  | { readonly kind: 'retryable'; readonly error: unknown };

/** Handles one message. Resolves once its effect is committed. */
export type MessageHandler = (data: unknown, context: MessageContext) => Promise<void>;

/** How often a message may fail for an unknown reason before it becomes a dead letter. */
const MAX_ATTEMPTS = 5;
/** Pauses before the second, third … attempt, in milliseconds. */
const ATTEMPT_PAUSES_MS = [200, 500, 1_000, 2_000];
/**
 * How long a handler may run before it counts as failed, in milliseconds. Handlers only write to Postgres, whose
 * statements end after 5 s.
 */
const HANDLER_DEADLINE_MS = 30_000;

class HandlerDeadlineError extends Error {
  override readonly name = 'HandlerDeadlineError';
}

/**
 * Runs a handler and classifies its failures. After a retryable error the message is tried again later. A
 * poison message becomes a dead letter at once. After any other error the handler runs again at once, so that
 * the key keeps its order; the fifth failure makes the message a dead letter.
 */
export class MessageHandling {
  constructor(
    private readonly contract: Contract,
    private readonly consumer: string,
    private readonly codec: MessageCodec,
    private readonly handler: MessageHandler,
    private readonly failedMessages: FailedMessages,
  ) {}

  /** @param stopped ends a pause between attempts, so that the message is tried again later */
  async handle(message: FailedMessage, stopped: AbortSignal): Promise<HandlingOutcome> {
    try {
      for (;;) {
        const error = await this.#attempt(message);
        if (error === undefined) return { kind: 'handled' };
        if (error instanceof RetryableError) return { kind: 'retryable', error };
        if (error instanceof PoisonMessageError) return await this.#storeDeadLetter(message, error);
        const attempts = await this.failedMessages.countFailure(this.consumer, message, error);
        if (attempts >= MAX_ATTEMPTS) return await this.#storeDeadLetter(message, error);
        await sleep(ATTEMPT_PAUSES_MS[attempts - 1]!, stopped);
        stopped.throwIfAborted();
      }
    } catch (error) {
      return { kind: 'retryable', error };
    }
  }

  /** Runs the handler once. The caller decides what a failure means. */
  async tryOnce(
    message: FailedMessage,
  ): Promise<
    Exclude<HandlingOutcome, { kind: 'dead-letter' }> | { readonly kind: 'failed'; readonly error: unknown }
  > {
    const error = await this.#attempt(message);
    if (error === undefined) return { kind: 'handled' };
    return { kind: error instanceof RetryableError ? 'retryable' : 'failed', error };
  }

  async #attempt(message: FailedMessage): Promise<unknown> {
    try {
      const { envelope, data } = this.codec.decode(this.contract, message);
      const context = new MessageContext(envelope, this.consumer, this.contract.actWithinMs);
      await withTimeout(HANDLER_DEADLINE_MS, this.handler(data, context), failAtDeadline);
      return undefined;
    } catch (error) {
      return error ?? new Error('A handler rejected without an error');
    }
  }

  async #storeDeadLetter(message: FailedMessage, error: unknown): Promise<HandlingOutcome> {
    await this.failedMessages.storeDeadLetter(this.consumer, message, error);
    return { kind: 'dead-letter', error };
  }
}

function failAtDeadline(): never {
  throw new HandlerDeadlineError(`The handler did not end within ${HANDLER_DEADLINE_MS} ms`);
}
