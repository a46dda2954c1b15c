import { Injectable } from '@nestjs/common';
import { MessageReceived, type SmsReceived } from '@parley/contracts';
import { storableText } from '@parley/dialogue';
import type { MessageId } from '@parley/kernel';
import { afterCommit, Inbox, Outbox, Transactions } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { TurnBell } from '../turns/turn-bell.js';
import { conversationEvent } from './conversation-event.js';
import { ConversationLog } from './conversation-log.js';
import { OpenThread } from './open-thread.js';

/** One delivery of a message: by whom it is consumed, its id, and whether the time to act on it is over. */
export interface Delivery {
  consumer: string;
  eventId: string;
  isStale: boolean;
}

export type AppendOutcome =
  | { kind: 'appended'; messageId: MessageId }
  | { kind: 'ignored'; reason: 'event-seen-before' | 'message-known' };

/**
 * Puts a person's text into the log, once, and makes the agent's turn due, or the draft of the one under way outdated.
 * Answering is somebody else's work.
 */
@Injectable()
export class AppendInbound {
  constructor(
    private readonly transactions: Transactions,
    private readonly inbox: Inbox,
    private readonly outbox: Outbox,
    private readonly log: ConversationLog,
    private readonly openThread: OpenThread,
    private readonly bell: TurnBell,
  ) {}

  async execute(sms: SmsReceived, delivery: Delivery): Promise<AppendOutcome> {
    const place = await this.openThread.execute(sms.threadId, sms.from);
    return this.transactions.run(async (tx) => {
      await this.log.lock(tx, place.conversationId);
      if (!(await this.inbox.once(tx, delivery.consumer, delivery.eventId))) {
        return { kind: 'ignored', reason: 'event-seen-before' };
      }
      const messageId = newId('msg');
      const text = storableText(sms.text);
      const isToBeAnswered = !delivery.isStale && sms.answeredBy === undefined;
      const inbound = { ...sms, messageId, text, receivedAt: new Date(sms.receivedAt) };
      const appended = await this.log.appendInbound(tx, place, inbound, isToBeAnswered);
      if (!appended) return { kind: 'ignored', reason: 'message-known' };
      await this.outbox.add(
        tx,
        conversationEvent(MessageReceived, appended.eventSeq, {
          conversationId: place.conversationId,
          messageId,
          seq: appended.seq,
          channel: 'sms',
          author: 'contact',
          text,
          receivedAt: sms.receivedAt,
        }),
      );
      if (isToBeAnswered) {
        afterCommit(tx, () => {
          this.bell.ring();
          if (appended.outdatedLease) this.bell.outdate(appended.outdatedLease);
        });
      }
      return { kind: 'appended', messageId };
    });
  }
}
