import type { FailedMessage } from '../failed-messages.js';
import type { MessageHandling, HandlingOutcome } from './message-handling.js';

/**
 * The handlers of this process by the names of their durable consumers. A redrive passes messages to them
 * without a stream.
 */
export class DurableHandlers {
  readonly #byConsumer = new Map<string, MessageHandling>();

  add(consumer: string, handling: MessageHandling): void {
    this.#byConsumer.set(consumer, handling);
  }

  has(consumer: string): boolean {
    return this.#byConsumer.has(consumer);
  }

  /**
   * Passes a message to its handler once. Returns a failure as `failed`, without counting or storing it.
   * @throws TypeError when this process has no such handler
   */
  async handle(
    consumer: string,
    message: FailedMessage,
  ): Promise<
    Exclude<HandlingOutcome, { kind: 'dead-letter' }> | { readonly kind: 'failed'; readonly error: unknown }
  > {
    const handling = this.#byConsumer.get(consumer);
    if (!handling) throw new TypeError(`The consumer ${consumer} has no handler in this process`);
    return handling.tryOnce(message);
  }
}
