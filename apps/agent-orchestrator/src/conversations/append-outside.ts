import { Injectable } from '@nestjs/common';
import type { AppendMessage } from '@parley/contracts';
import { storableText } from '@parley/dialogue';
import { type ContactId, type ConversationId, parseId, type ThreadId } from '@parley/kernel';
import { PoisonMessageError } from '@parley/messaging';
import { Inbox, Outbox, Transactions } from '@parley/persistence';
import type { Receipt } from '../receipt.js';
import { ConversationLog, type Place } from './conversation-log.js';
import { OpenThread } from './open-thread.js';
import { textMessages } from './text-messages.js';

export type OutsideOutcome =
  { kind: 'appended' } | { kind: 'ignored'; reason: 'event-seen-before' | 'message-known' };

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
  ) {}

  /** @throws PoisonMessageError when it is addressed to nobody we know */
  async execute(message: AppendMessage, { consumer, eventId }: Receipt): Promise<OutsideOutcome> {
    const { conversationId, laneId, threadId, madeFor } = await this.#placeOf(message);
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

  async #placeOf(message: AppendMessage): Promise<OutsidePlace> {
    const { target, to, from: line } = message;
    const conversationId = parseId('conv', target);
    if (conversationId) return this.#placeInConversation(conversationId, message.threadId);
    const threadId = parseId('thr', target);
    const place = threadId && (await this.log.placeOf({ threadId, line }));
    if (place) return { ...place, threadId };
    if (!threadId || !to) throw new PoisonMessageError(`${target} is not known`);
    return { ...(await this.openThread.execute({ threadId, line, person: to })), threadId };
  }

  async #placeInConversation(id: ConversationId, made: ThreadId | undefined): Promise<OutsidePlace> {
    const place = await this.log.newestThreadOf(id);
    const threadId = place?.threadId ?? made;
    if (!place || !threadId)
      throw new PoisonMessageError(`${id} is not known, or its contact has no number to text`);
    return { ...place, threadId, ...(place.threadId === undefined && { madeFor: place.contactId }) };
  }
}
