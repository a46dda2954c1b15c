import type { Contract } from '@parley/contracts';
import { PoisonMessageError, RetryableError, sleep, withTimeout } from '@parley/resilience';
import type { MessageCodec } from '../codec/message-codec.js';
import type { FailedMessage, FailedMessages } from '../failed-messages.js';
import { MessageContext } from './message-context.js';

/** What is to become of a delivered message. */
export type Verdict =
  | { readonly kind: 'handled' }
  | { readonly kind: 'buried'; readonly error: unknown }
  | { readonly kind: 'later'; readonly error: unknown };

/** Does one message's work; resolves once its effect is committed. */
export type MessageHandler = (data: unknown, context: MessageContext) => Promise<void>;

/** How often a message may fail for a reason we do not know before it is buried. */
export const MAX_ATTEMPTS = 5;
/** Pauses before its second, third … attempt, in milliseconds. */
const ATTEMPT_PAUSES_MS = [200, 500, 1_000, 2_000];
/** A handler only writes to Postgres, whose statements end after 5 s; past this it hangs. In milliseconds. */
const HANDLER_DEADLINE_MS = 30_000;

class HandlerDeadlineError extends Error {
  override readonly name = 'HandlerDeadlineError';
}

/**
 * Runs a handler and sorts its failures: what may pass is for later; a message that nobody can read is buried at
 * once; anything else is tried five times, in place so that its key keeps its order, and then buried.
 */
export class MessageHandling {
  constructor(
    private readonly contract: Contract,
    private readonly consumer: string,
    private readonly codec: MessageCodec,
    private readonly handler: MessageHandler,
    private readonly failedMessages: FailedMessages,
  ) {}

  /** @param stopped ends the pauses between attempts; the message is then for later */
  async handle(message: FailedMessage, stopped: AbortSignal): Promise<Verdict> {
    try {
      for (;;) {
        const error = await this.#attempt(message);
        if (error === undefined) return { kind: 'handled' };
        if (error instanceof RetryableError) return { kind: 'later', error };
        if (error instanceof PoisonMessageError) return await this.#bury(message, error);
        const attempts = await this.failedMessages.countFailure(this.consumer, message, error);
        if (attempts >= MAX_ATTEMPTS) return await this.#bury(message, error);
        await sleep(ATTEMPT_PAUSES_MS[attempts - 1]!, stopped);
        stopped.throwIfAborted();
      }
    } catch (error) {
      return { kind: 'later', error };
    }
  }

  /** As `handle`, but a single attempt, and a failure of it is the caller's to keep. */
  async tryOnce(
    message: FailedMessage,
  ): Promise<Exclude<Verdict, { kind: 'buried' }> | { readonly kind: 'failed'; readonly error: unknown }> {
    const error = await this.#attempt(message);
    if (error === undefined) return { kind: 'handled' };
    return { kind: error instanceof RetryableError ? 'later' : 'failed', error };
  }

  async #attempt(message: FailedMessage): Promise<unknown> {
    try {
      const { envelope, data } = this.codec.decode(this.contract, message);
      const context = new MessageContext(envelope, this.consumer, this.contract.actWithinMs);
      await withTimeout(HANDLER_DEADLINE_MS, this.handler(data, context), failAtDeadline);
      return undefined;
    } catch (error) {
      return error ?? new Error('A handler failed without an error');
    }
  }

  async #bury(message: FailedMessage, error: unknown): Promise<Verdict> {
    await this.failedMessages.bury(this.consumer, message, error);
    return { kind: 'buried', error };
  }
}

function failAtDeadline(): never {
  throw new HandlerDeadlineError(`The handler did not end within ${HANDLER_DEADLINE_MS} ms`);
}
