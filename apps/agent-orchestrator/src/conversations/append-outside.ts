import { Injectable } from '@nestjs/common';
import type { AppendMessage } from '@parley/contracts';
import { storableText } from '@parley/dialogue';
import { parseId, type ThreadId } from '@parley/kernel';
import { PoisonMessageError } from '@parley/messaging';
import { Inbox, Outbox, Transactions } from '@parley/persistence';
import type { Receipt } from '../receipt.js';
import { ConversationLog, type Place } from './conversation-log.js';
import { OpenThread } from './open-thread.js';
import { textMessages } from './text-messages.js';

export type OutsideOutcome =
  { kind: 'appended' } | { kind: 'ignored'; reason: 'event-seen-before' | 'message-known' };

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
    const { conversationId, laneId, threadId } = await this.#placeOf(message);
    const { messageId, validUntil } = message;
    // Whoever says it in a way that we do not know yet says it for the agent.
    const author = message.author === 'human' ? 'human' : 'agent';
    const text = storableText(message.text);
    return this.transactions.run(async (tx) => {
      await this.log.lock(tx, conversationId);
      if (!(await this.inbox.once(tx, consumer, eventId))) {
        return { kind: 'ignored', reason: 'event-seen-before' };
      }
      const place = { conversationId, laneId };
      const appended = await this.log.appendOutside(tx, place, { messageId, threadId, author, text });
      if (!appended) return { kind: 'ignored', reason: 'message-known' };
      const logged = { conversationId, messageId, threadId, author, text, validUntil } as const;
      await this.outbox.add(tx, ...textMessages(logged, appended));
      return { kind: 'appended' };
    });
  }

  async #placeOf({ target, to, from: line }: AppendMessage): Promise<Place & { threadId: ThreadId }> {
    const place = await this.#knownPlaceOf(target, line);
    if (place) return place;
    const threadId = parseId('thr', target);
    if (!threadId || !to) throw new PoisonMessageError(`${target} is not known`);
    return { ...(await this.openThread.execute({ threadId, line, person: to })), threadId };
  }

  async #knownPlaceOf(target: AppendMessage['target'], line: AppendMessage['from']) {
    const conversationId = parseId('conv', target);
    if (conversationId) return this.log.newestThreadOf(conversationId);
    const threadId = parseId('thr', target);
    const place = threadId && (await this.log.placeOf({ threadId, line }));
    return place && { ...place, threadId };
  }
}
