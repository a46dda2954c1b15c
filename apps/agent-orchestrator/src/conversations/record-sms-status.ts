import { Injectable } from '@nestjs/common';
import {
  MessageDelivered,
  MessageFailed,
  MessageRead,
  MessageSent,
  MessageUnconfirmed,
  MessageUndelivered,
  type SmsStatusChanged,
} from '@parley/contracts';
import { PoisonMessageError } from '@parley/messaging';
import { Inbox, Outbox, Transactions } from '@parley/persistence';
import type { Delivery } from './append-inbound.js';
import { conversationEvent } from './conversation-event.js';
import { ConversationLog } from './conversation-log.js';

const EVENTS = {
  unconfirmed: MessageUnconfirmed,
  sent: MessageSent,
  delivered: MessageDelivered,
  read: MessageRead,
  undelivered: MessageUndelivered,
  failed: MessageFailed,
} as const;

export type StatusOutcome =
  { kind: 'raised' } | { kind: 'ignored'; reason: 'unknown-status' | 'event-seen-before' | 'not-higher' };

/** Raises a message's status by what its channel reports, and tells the world. Late and repeated reports change nothing. */
@Injectable()
export class RecordSmsStatus {
  constructor(
    private readonly transactions: Transactions,
    private readonly inbox: Inbox,
    private readonly outbox: Outbox,
    private readonly log: ConversationLog,
  ) {}

  /** @throws PoisonMessageError when the message is in no conversation */
  async execute(report: SmsStatusChanged, delivery: Omit<Delivery, 'isStale'>): Promise<StatusOutcome> {
    const { messageId, status, errorCode, reason, occurredAt } = report;
    if (status === 'unknown') return { kind: 'ignored', reason: 'unknown-status' };
    const conversationId = await this.log.conversationOf(messageId);
    if (!conversationId) throw new PoisonMessageError(`${messageId} is in no conversation`);
    return this.transactions.run(async (tx) => {
      await this.log.lock(tx, conversationId);
      if (!(await this.inbox.once(tx, delivery.consumer, delivery.eventId))) {
        return { kind: 'ignored', reason: 'event-seen-before' };
      }
      const raised = await this.log.raiseStatus(tx, conversationId, messageId, { status, errorCode, reason });
      if (!raised) return { kind: 'ignored', reason: 'not-higher' };
      const isFailure = status === 'undelivered' || status === 'failed';
      await this.outbox.add(
        tx,
        conversationEvent(EVENTS[status], raised.eventSeq, {
          conversationId,
          messageId,
          channel: raised.channel,
          occurredAt,
          ...(isFailure && errorCode !== undefined && { errorCode }),
          ...(isFailure && reason !== undefined && { reason }),
        }),
      );
      return { kind: 'raised' };
    });
  }
}
