import { Injectable } from '@nestjs/common';
import { CodeStatusChanged, type SendCode } from '@parley/contracts';
import { afterCommit, Inbox, Outbox, Transactions } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { SendingWakeUp } from '../outbound/queue/sending-wake-up.js';
import { SendQueue } from '../outbound/queue/send-queue.js';
import { CodeThreads } from './code-threads.js';

/** Queues a code on the thread between the person and the configured line. */
@Injectable()
export class QueueCode {
  constructor(
    private readonly transactions: Transactions,
    private readonly inbox: Inbox,
    private readonly outbox: Outbox,
    private readonly threads: CodeThreads,
    private readonly queue: SendQueue,
    private readonly wakeUp: SendingWakeUp,
  ) {}

  /** A code to a line of our own fails. */
  async execute(command: SendCode, commandId: string, consumer: string): Promise<void> {
    const { to, text, verificationId, codeNo } = command;
    await this.transactions.run(async (tx) => {
      if (!(await this.inbox.once(tx, consumer, commandId))) return;
      const threadId = await this.threads.ensure(tx, to);
      if (threadId === undefined) {
        const failed = {
          verificationId,
          codeNo,
          status: 'failed',
          occurredAt: new Date().toISOString(),
        } as const;
        return this.outbox.add(tx, { contract: CodeStatusChanged, data: failed });
      }
      await this.queue.queue(tx, {
        causedBy: commandId,
        messageId: undefined,
        threadId,
        parts: [{ id: newId('snd'), text }],
        validUntil: new Date(command.validUntil),
        isOptOutConfirmation: false,
        code: { verificationId, codeNo },
      });
      afterCommit(tx, () => this.wakeUp.wake());
    });
  }
}
