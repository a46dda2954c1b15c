import type { FailedMessage } from '../failed-messages.js';
import type { MessageHandling, HandlingOutcome } from './message-handling.js';

/**
 * The handlers of this process by the names of their durable consumers, for messages that do not come from a stream.
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
   * Passes a message to its handler once. A failure is returned as `failed`, and neither counted nor stored.
   * @throws TypeError when this process has no such handler
   */
  async handle(
    consumer: string,
    message: FailedMessage,
  ): Promise<
    Exclude<HandlingOutcome, { kind: 'dead-letter' }> | { readonly kind: 'failed'; readonly error: unknown }
  > {
    const handling = this.#byConsumer.get(consumer);
    if (!handling) throw new TypeError(`${consumer} has no handler here`);
    return handling.tryOnce(message);
  }
}
