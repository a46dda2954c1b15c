import { Injectable } from '@nestjs/common';
import type { E164, ThreadId } from '@parley/kernel';
import { Outbox, Transactions } from '@parley/persistence';
import { conversationCreated } from './conversation-created.js';
import { ConversationLog, type Place } from './conversation-log.js';

/**
 * Finds where a thread's messages go; contact and conversation are made where there are none. In a transaction of its
 * own: the one that appends must lock the conversation first, so there has to be one.
 */
@Injectable()
export class OpenThread {
  constructor(
    private readonly transactions: Transactions,
    private readonly outbox: Outbox,
    private readonly log: ConversationLog,
  ) {}

  /** @param phone the person's number, which the thread stands for */
  async execute(threadId: ThreadId, phone: E164): Promise<Place> {
    return (await this.log.placeOf(threadId)) ?? (await this.#open(threadId, phone));
  }

  async #open(threadId: ThreadId, phone: E164): Promise<Place> {
    await this.transactions.run(async (tx) => {
      const begun = await this.log.openThread(tx, threadId, phone);
      if (begun) await this.outbox.add(tx, conversationCreated(begun, 'sms'));
    });
    const place = await this.log.placeOf(threadId);
    if (!place) throw new Error(`thread ${threadId} was opened and has no place`);
    return place;
  }
}
