import { Injectable } from '@nestjs/common';
import { MessageReceived } from '@parley/contracts';
import { separateCode, storableText } from '@parley/dialogue';
import type { ConversationId, E164, MessageId } from '@parley/kernel';
import { afterCommit, Inbox, Outbox, type Receipt, RollBack, Transactions } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import type { Identity } from '../channels/channel.js';
import { conversationEvent } from './conversation-event.js';
import { ConversationLog, type InboundMessage } from './conversation-log.js';
import { OpenThread } from './open-thread.js';
import { TurnSignals } from './turn-signals.js';

/** A message from a person, as its channel received it. */
export interface ReceivedMessage extends Omit<InboundMessage, 'messageId'> {
  /** The id that the channel has given the message; without one, the message gets a new id. */
  readonly messageId?: MessageId;
  readonly person: Identity;
  /** Our number that received the message. */
  readonly line: E164 | undefined;
}

export type InboundOutcome =
  | { kind: 'appended'; messageId: MessageId; conversationId: ConversationId }
  | { kind: 'ignored'; reason: 'event-seen-before' | 'message-known' };

/** `isStale` says that the message arrived so late that the person expects no reply. */
type InboundReceipt = Receipt & { isStale: boolean };

/** Adds a person's message to the log once. The message makes a turn due, or supersedes the turn in progress. */
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

  async execute(message: ReceivedMessage, receipt: InboundReceipt): Promise<InboundOutcome> {
    const outcome = await this.#append(message, receipt);
    if (outcome) return outcome;
    await this.openThread.execute(message);
    const retried = await this.#append(message, receipt);
    if (!retried) throw new Error(`Thread ${message.threadId} was stored, but its lane cannot be read back`);
    return retried;
  }

  /** Returns undefined for a thread that has no conversation. */
  #append(
    message: ReceivedMessage,
    { consumer, eventId, isStale }: InboundReceipt,
  ): Promise<InboundOutcome | undefined> {
    const messageId = message.messageId ?? newId('msg');
    const { channel, media, answeredBy, receivedAt } = message;
    const isToBeAnswered = !isStale && answeredBy === undefined;
    return this.transactions.run<InboundOutcome | undefined>(async (tx) => {
      const [thread, isNew] = await Promise.all([
        this.log.lockThread(tx, message),
        this.inbox.once(tx, consumer, eventId),
      ]);
      if (!thread) throw new RollBack(undefined);
      const { conversationId, isVerificationPending } = thread;
      if (!isNew) return { kind: 'ignored', reason: 'event-seen-before' };
      const { text, code } = separateCode(storableText(message.text), isVerificationPending);
      const inbound = { ...message, messageId, text, code };
      const appended = await this.log.appendInbound(tx, conversationId, inbound, isToBeAnswered);
      if (!appended) return { kind: 'ignored', reason: 'message-known' };
      const { seq, eventSeq, leaseInProgress } = appended;
      await this.outbox.add(
        tx,
        conversationEvent(MessageReceived, eventSeq, {
          conversationId,
          messageId,
          seq,
          channel,
          author: 'contact',
          text,
          receivedAt: receivedAt.toISOString(),
          ...(media.length > 0 && { media: [...media] }),
          ...(answeredBy && { answeredBy }),
        }),
      );
      if (isToBeAnswered) {
        afterCommit(tx, () => {
          this.signals.turnDue();
          if (leaseInProgress) this.signals.newerMessage(leaseInProgress);
        });
      }
      return { kind: 'appended', messageId, conversationId };
    });
  }
}
