import { Injectable } from '@nestjs/common';
import type { ThreadId } from '@parley/kernel';
import { afterCommit, type Transaction } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { SendQueue } from './send-queue.js';
import { SendingWakeUp } from './sending-wake-up.js';

/** A notice is not sent after this time. */
const VALID_FOR_MS = 600_000;

export interface Notice {
  readonly threadId: ThreadId;
  readonly text: string;
  /** The MessageSid of the text that the notice answers; each text gets at most one notice. */
  readonly answers: string;
  readonly isOptOutConfirmation: boolean;
}

/** Queues a notice: a text of the gateway itself, such as the answer to STOP, which is in no conversation. */
@Injectable()
export class QueueNotice {
  constructor(
    private readonly queue: SendQueue,
    private readonly wakeUp: SendingWakeUp,
  ) {}

  /** The thread must exist. */
  async execute(tx: Transaction, { threadId, text, answers, isOptOutConfirmation }: Notice): Promise<void> {
    await this.queue.queue(tx, {
      causedBy: answers,
      messageId: undefined,
      threadId,
      parts: [{ id: newId('snd'), text }],
      validUntil: new Date(Date.now() + VALID_FOR_MS),
      isOptOutConfirmation,
    });
    afterCommit(tx, () => this.wakeUp.wake());
  }
}
