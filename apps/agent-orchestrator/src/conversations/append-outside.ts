import { Injectable } from '@nestjs/common';
import { type AppendMessage, OpenTextThread } from '@parley/contracts';
import { storableText } from '@parley/dialogue';
import { type ContactId, type ConversationId, type E164, parseId, type ThreadId } from '@parley/kernel';
import { RpcClient, RpcFailure, RpcUnavailableError } from '@parley/messaging';
import { Inbox, Outbox, Transactions } from '@parley/persistence';
import { PoisonMessageError, RetryableError } from '@parley/resilience';
import type { Receipt } from './receipt.js';
import { ConversationLog, type Place } from './conversation-log.js';
import { OpenThread } from './open-thread.js';
import { textMessages } from './text-messages.js';

export type OutsideOutcome =
  { kind: 'appended' } | { kind: 'ignored'; reason: 'event-seen-before' | 'message-known' | 'own-number' };

/** `madeFor`: set for a thread that is in no conversation yet, the contact that it is with. */
type OutsidePlace = Place & { threadId: ThreadId; madeFor?: ContactId };

/** Puts what somebody outside a turn has to say into the log, once, and sends it in the same transaction. */
@Injectable()
export class AppendOutside {
  constructor(
    private readonly transactions: Transactions,
    private readonly inbox: Inbox,
    private readonly outbox: Outbox,
    private readonly log: ConversationLog,
    private readonly openThread: OpenThread,
    private readonly rpc: RpcClient,
  ) {}

  /**
   * @throws PoisonMessageError when it is addressed to nobody we know
   * @throws RetryableError while the gateway, which is to make a thread, does not answer
   */
  async execute(message: AppendMessage, { consumer, eventId }: Receipt): Promise<OutsideOutcome> {
    const found = await this.#placeOf(message);
    if (!found) return { kind: 'ignored', reason: 'own-number' };
    const { conversationId, laneId, threadId, madeFor } = found;
    const { messageId, validUntil } = message;
    // An author of a newer version, which we do not know, counts as the agent.
    const author = message.author === 'human' ? 'human' : 'agent';
    const text = storableText(message.text);
    return this.transactions.run(async (tx) => {
      await this.log.lock(tx, conversationId);
      if (!(await this.inbox.once(tx, consumer, eventId))) {
        return { kind: 'ignored', reason: 'event-seen-before' };
      }
      if (madeFor) await this.log.keepThread(tx, threadId, madeFor, conversationId);
      const place = { conversationId, laneId };
      const appended = await this.log.appendOutside(tx, place, { messageId, threadId, author, text });
      if (!appended) return { kind: 'ignored', reason: 'message-known' };
      const logged = { conversationId, messageId, threadId, author, text, validUntil } as const;
      await this.outbox.add(tx, ...textMessages(logged, appended));
      return { kind: 'appended' };
    });
  }

  /** Undefined when it would go to a number of ours. */
  async #placeOf(message: AppendMessage): Promise<OutsidePlace | undefined> {
    const { target, to, from: line } = message;
    const conversationId = parseId('conv', target);
    if (conversationId) return this.#placeInConversation(conversationId, message);
    const threadId = parseId('thr', target);
    const place = threadId && (await this.log.placeOf({ threadId, line }));
    if (place) return { ...place, threadId };
    if (!threadId || !to) throw new PoisonMessageError(`${target} is not known`);
    return { ...(await this.openThread.execute({ threadId, line, person: to })), threadId };
  }

  async #placeInConversation(
    id: ConversationId,
    { threadId: made, to, from }: AppendMessage,
  ): Promise<OutsidePlace | undefined> {
    const place = await this.log.newestThreadOf(id);
    if (place?.threadId) return { ...place, threadId: place.threadId };
    if (!place || !(made ?? to))
      throw new PoisonMessageError(`${id} is not known, or its contact has no number to text`);
    const threadId = made ?? (await this.#makeThread({ to: to!, ...(from && { from }) }));
    return threadId && { ...place, threadId, madeFor: place.contactId };
  }

  async #makeThread(ends: { to: E164; from?: E164 }): Promise<ThreadId | undefined> {
    try {
      return (await this.rpc.request(OpenTextThread, ends))?.threadId;
    } catch (error) {
      const isAway = error instanceof RpcUnavailableError || (error instanceof RpcFailure && error.retryable);
      throw isAway ? new RetryableError('the gateway made no thread', { cause: error }) : error;
    }
  }
}
