import { Injectable } from '@nestjs/common';
import { type AnsweredBy, MessageReceived, type SmsReceived } from '@parley/contracts';
import { storableText } from '@parley/dialogue';
import type { MessageId } from '@parley/kernel';
import { afterCommit, Inbox, Outbox, RollBack, Transactions } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import type { Receipt } from './receipt.js';
import { TurnSignals } from './turn-signals.js';
import { conversationEvent } from './conversation-event.js';
import { ConversationLog } from './conversation-log.js';
import { OpenThread } from './open-thread.js';

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
    private readonly signals: TurnSignals,
  ) {}

  /** `isStale`: the time to answer is over. */
  async execute(sms: SmsReceived, receipt: Receipt & { isStale: boolean }): Promise<AppendOutcome> {
    const outcome = await this.#append(sms, receipt);
    if (outcome) return outcome;
    await this.openThread.execute({ threadId: sms.threadId, line: sms.to, person: sms.from });
    const retried = await this.#append(sms, receipt);
    if (!retried) throw new Error(`thread ${sms.threadId} was opened and has no place`);
    return retried;
  }

  /** Undefined when the thread has no place. */
  #append(
    sms: SmsReceived,
    { consumer, eventId, isStale }: Receipt & { isStale: boolean },
  ): Promise<AppendOutcome | undefined> {
    const messageId = newId('msg');
    const text = storableText(sms.text);
    const isToBeAnswered = !isStale && sms.answeredBy === undefined;
    const { media } = sms;
    const answeredBy: AnsweredBy | undefined = sms.answeredBy === 'unknown' ? 'nobody' : sms.answeredBy;
    const inbound = { ...sms, messageId, text, answeredBy, receivedAt: new Date(sms.receivedAt) };
    return this.transactions.run<AppendOutcome | undefined>(async (tx) => {
      const [conversationId, isNew] = await Promise.all([
        this.log.lockThread(tx, { threadId: sms.threadId, line: sms.to }),
        this.inbox.once(tx, consumer, eventId),
      ]);
      if (!conversationId) throw new RollBack(undefined);
      if (!isNew) return { kind: 'ignored', reason: 'event-seen-before' };
      const appended = await this.log.appendInbound(tx, conversationId, inbound, isToBeAnswered);
      if (!appended) return { kind: 'ignored', reason: 'message-known' };
      const { seq, eventSeq, outdatedLease } = appended;
      await this.outbox.add(
        tx,
        conversationEvent(MessageReceived, eventSeq, {
          conversationId,
          messageId,
          seq,
          channel: 'sms',
          author: 'contact',
          text,
          receivedAt: sms.receivedAt,
          ...(media.length > 0 && { media }),
          ...(answeredBy && { answeredBy }),
        }),
      );
      if (isToBeAnswered) {
        afterCommit(tx, () => {
          this.signals.turnDue();
          if (outdatedLease) this.signals.draftOutdated(outdatedLease);
        });
      }
      return { kind: 'appended', messageId };
    });
  }
}
