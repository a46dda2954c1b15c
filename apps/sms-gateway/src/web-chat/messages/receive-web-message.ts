import { Injectable } from '@nestjs/common';
import { WebMessageReceived } from '@parley/contracts';
import type { MessageId } from '@parley/kernel';
import { Outbox, RollBack, Transactions } from '@parley/persistence';
import { retryWithin } from '@parley/resilience';
import { ChatStore, type ClientMessage } from './chat-store.js';
import { MessageRates } from './message-rates.js';

/** Postgres may be unavailable for so long before the client gets an error and sends the message again. */
const RETRY_WITHIN_MS = 2_500;

export type WebMessageOutcome =
  | { kind: 'accepted'; messageId: MessageId }
  | { kind: 'refused'; reason: 'client-message-id-reused' | 'thread-unknown' | 'too-many-messages' };

/**
 * Accepts a web message: commits its client message id together with the fact that the person wrote. A repeat with the same
 * client message id changes nothing and has the same answer.
 */
@Injectable()
export class ReceiveWebMessage {
  constructor(
    private readonly transactions: Transactions,
    private readonly chats: ChatStore,
    private readonly outbox: Outbox,
    private readonly rates: MessageRates,
  ) {}

  /** @throws RetryableError while Postgres is unavailable; the message may be stored, and is safe to send again */
  async execute(message: ClientMessage): Promise<WebMessageOutcome> {
    if (!this.rates.allows(message.threadId, performance.now())) {
      return { kind: 'refused', reason: 'too-many-messages' };
    }
    return retryWithin(RETRY_WITHIN_MS, async () => {
      const messageId = await this.#record(message);
      if (messageId) return { kind: 'accepted', messageId };
      const known = await this.chats.find(message);
      if (known?.kind === 'same') return { kind: 'accepted', messageId: known.messageId };
      return { kind: 'refused', reason: known ? 'client-message-id-reused' : 'thread-unknown' };
    });
  }

  #record(message: ClientMessage): Promise<MessageId | undefined> {
    return this.transactions.run<MessageId | undefined>(async (tx) => {
      const recorded = await this.chats.record(tx, message);
      // The thread must not count a message that is known.
      if (!recorded) throw new RollBack(undefined);
      const { messageId, threadSeq, userId, receivedAt } = recorded;
      const { threadId, text } = message;
      const data = { threadId, threadSeq, messageId, userId, text, receivedAt: receivedAt.toISOString() };
      await this.outbox.add(tx, { contract: WebMessageReceived, data });
      return messageId;
    });
  }
}
