import { Injectable } from '@nestjs/common';
import { ConversationFlagged, type SmsLoopDetected } from '@parley/contracts';
import { Inbox, Outbox, type Receipt, Transactions } from '@parley/persistence';
import { conversationEvent } from '../../conversations/conversation-event.js';
import { ConversationLog } from '../../conversations/conversation-log.js';
import { retryUntilFirstText } from './awaited-thread.js';

export type LoopOutcome =
  { kind: 'flagged' } | { kind: 'ignored'; reason: 'event-seen-before' | 'unknown-thread' };

/** Flags the conversation of a thread on which two machines seem to text each other, and publishes the flag. */
@Injectable()
export class RecordLoop {
  constructor(
    private readonly transactions: Transactions,
    private readonly inbox: Inbox,
    private readonly outbox: Outbox,
    private readonly log: ConversationLog,
  ) {}

  /** @throws RetryableError while the thread's first text may still arrive */
  async execute(
    { threadId, reason, occurredAt }: SmsLoopDetected,
    { consumer, eventId, sentAt }: Receipt & { sentAt: Date },
  ): Promise<LoopOutcome> {
    return this.transactions.run<LoopOutcome>(async (tx) => {
      const { conversationId } = (await this.log.lockThread(tx, { threadId, line: undefined })) ?? {};
      if (!conversationId) retryUntilFirstText(threadId, sentAt);
      const isNew = await this.inbox.once(tx, consumer, eventId);
      if (!conversationId) return { kind: 'ignored', reason: 'unknown-thread' };
      if (!isNew) return { kind: 'ignored', reason: 'event-seen-before' };
      const eventSeq = await this.log.flag(tx, conversationId, { reason, flaggedAt: new Date(occurredAt) });
      const known = reason === 'unknown' ? 'reply-cap' : reason;
      await this.outbox.add(
        tx,
        conversationEvent(ConversationFlagged, eventSeq, {
          conversationId,
          channel: 'sms',
          reason: known,
          flaggedAt: occurredAt,
        }),
      );
      return { kind: 'flagged' };
    });
  }
}
