import { Injectable } from '@nestjs/common';
import type { ThreadId } from '@parley/kernel';
import { afterCommit, type Transaction } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { SendQueue } from './send-queue.js';
import { SendWakeUps } from './send-wake-ups.js';

/** Later than this nobody wants to hear that their STOP was understood. */
const VALID_FOR_MS = 600_000;

export interface Notice {
  readonly threadId: ThreadId;
  readonly text: string;
  /** The inbound text that it answers: one notice for each. */
  readonly answers: string;
  readonly isOptOutConfirmation: boolean;
}

/** Puts a text of our own in line, one that neither an agent nor a person wrote and that is in no log. */
@Injectable()
export class QueueNotice {
  constructor(
    private readonly queue: SendQueue,
    private readonly wakeUps: SendWakeUps,
  ) {}

  /** The thread exists. */
  async execute(tx: Transaction, { threadId, text, answers, isOptOutConfirmation }: Notice): Promise<void> {
    await this.queue.queue(tx, {
      causedBy: answers,
      messageId: undefined,
      threadId,
      parts: [{ id: newId('snd'), text }],
      validUntil: new Date(Date.now() + VALID_FOR_MS),
      isOptOutConfirmation,
    });
    afterCommit(tx, () => this.wakeUps.announce());
  }
}
