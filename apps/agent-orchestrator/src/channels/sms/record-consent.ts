import { Injectable } from '@nestjs/common';
import { type ConsentChanged, ContactOptedIn, ContactOptedOut } from '@parley/contracts';
import { Inbox, Outbox, type Receipt, Transactions } from '@parley/persistence';
import { ConversationLog } from '../../conversations/conversation-log.js';
import { retryUntilFirstText } from './awaited-thread.js';

export type ConsentOutcome =
  { kind: 'published' } | { kind: 'ignored'; reason: 'unknown-change' | 'event-seen-before' };

/** Publishes that a contact opted out of texts, or in again. The gateway itself enforces consent. */
@Injectable()
export class RecordConsent {
  constructor(
    private readonly transactions: Transactions,
    private readonly inbox: Inbox,
    private readonly outbox: Outbox,
    private readonly log: ConversationLog,
  ) {}

  /** @throws RetryableError while the thread's first text may still arrive */
  async execute(
    { threadId, change, via, occurredAt }: ConsentChanged,
    { consumer, eventId, sentAt }: Receipt & { sentAt: Date },
  ): Promise<ConsentOutcome> {
    if (change === 'unknown') {
      await this.transactions.run((tx) => this.inbox.once(tx, consumer, eventId));
      return { kind: 'ignored', reason: 'unknown-change' };
    }
    const contactId = await this.log.contactOf(threadId);
    if (!contactId) {
      retryUntilFirstText(threadId, sentAt);
      throw new Error(`Thread ${threadId} is unknown, because its first text never arrived`);
    }
    return this.transactions.run(async (tx) => {
      await this.log.lock(tx, contactId);
      if (!(await this.inbox.once(tx, consumer, eventId))) {
        return { kind: 'ignored', reason: 'event-seen-before' };
      }
      await this.outbox.add(tx, {
        contract: change === 'opted-out' ? ContactOptedOut : ContactOptedIn,
        data: { contactId, channel: 'sms', via: via === 'unknown' ? 'carrier' : via, occurredAt },
      });
      return { kind: 'published' };
    });
  }
}
