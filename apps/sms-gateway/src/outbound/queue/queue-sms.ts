import { Injectable } from '@nestjs/common';
import type { SendSms } from '@parley/contracts';
import {
  afterCommit,
  Inbox,
  type Receipt,
  RollBack,
  type Transaction,
  Transactions,
} from '@parley/persistence';
import { PoisonMessageError } from '@parley/resilience';
import { newId } from '@parley/service-kit';
import { splitReply, splitText } from '@parley/sms-policy';
import { PublishMessageStatus } from '../publish-message-status.js';
import { SendQueue } from './send-queue.js';
import { SendingWakeUp } from './sending-wake-up.js';

/**
 * Queues the parts of a message. It sends nothing itself, so that a slow vendor does not delay the stream of commands.
 */
@Injectable()
export class QueueSms {
  constructor(
    private readonly transactions: Transactions,
    private readonly inbox: Inbox,
    private readonly queue: SendQueue,
    private readonly publishMessageStatus: PublishMessageStatus,
    private readonly wakeUp: SendingWakeUp,
  ) {}

  /** @throws PoisonMessageError for an unknown thread */
  async execute(command: SendSms, { consumer, eventId: commandId }: Receipt): Promise<void> {
    const texts = command.format === 'plain' ? splitText(command.text) : splitReply(command.text);
    await this.transactions.run(async (tx) => {
      // Both statements in one round trip; for a repeated command the new rows are rolled back.
      const [isNew, isQueued] = await Promise.all([
        this.inbox.once(tx, consumer, commandId),
        this.queue.queue(tx, {
          causedBy: commandId,
          messageId: command.messageId,
          follows: command.follows,
          threadId: command.threadId,
          parts: texts.map((text) => ({ id: newId('snd'), text })),
          validUntil: new Date(command.validUntil),
          isOptOutConfirmation: false,
        }),
      ]);
      if (!isNew) throw new RollBack(undefined);
      if (texts.length === 0) return this.#refuse(tx, command);
      if (!isQueued)
        throw new PoisonMessageError(
          `The command names the thread ${command.threadId}, which does not exist`,
        );
      afterCommit(tx, () => this.wakeUp.wake());
    });
  }

  /** A text without visible characters fails: carriers refuse it. */
  async #refuse(tx: Transaction, { threadId, messageId }: SendSms): Promise<void> {
    const key = { id: newId('snd'), threadId, messageId };
    await this.publishMessageStatus.execute(tx, key, { status: 'failed', errorCode: undefined }, 'empty');
  }
}
