import { Injectable } from '@nestjs/common';
import type { E164 } from '@parley/kernel';
import { Outbox, Transactions } from '@parley/persistence';
import { conversationCreated } from './conversation-created.js';
import { ConversationLog, type Place, type ThreadEnds } from './conversation-log.js';

/**
 * Finds where a thread's messages go; contact and conversation are made where there are none, and a thread whose line
 * is another agent's by now goes over to that one's conversation. In a transaction of its
 * own: the one that appends must lock the conversation first, so there has to be one.
 */
@Injectable()
export class OpenThread {
  constructor(
    private readonly transactions: Transactions,
    private readonly outbox: Outbox,
    private readonly log: ConversationLog,
  ) {}

  async execute(thread: ThreadEnds & { person: E164 }): Promise<Place> {
    return (await this.log.placeOf(thread)) ?? (await this.#open(thread));
  }

  async #open(thread: ThreadEnds & { person: E164 }): Promise<Place> {
    await this.transactions.run(async (tx) => {
      const begun = await this.log.openThread(tx, thread);
      if (begun) await this.outbox.add(tx, conversationCreated(begun, 'sms'));
    });
    const place = await this.log.placeOf(thread);
    if (!place) throw new Error(`thread ${thread.threadId} was opened and has no place`);
    return place;
  }
}
