import { Injectable } from '@nestjs/common';
import { Outbox, Transactions } from '@parley/persistence';
import { ConversationLog, type ThreadToOpen, type TextLane } from './conversation-log.js';
import { openingEvents } from './opening-events.js';

/**
 * Finds the lane of a thread. Creates contact and conversation where they do not exist, and moves a thread to
 * the conversation that its person now has with the agent of its line. It uses a transaction of its own, because a
 * transaction that appends a message must first lock an existing conversation.
 */
@Injectable()
export class OpenThread {
  constructor(
    private readonly transactions: Transactions,
    private readonly outbox: Outbox,
    private readonly log: ConversationLog,
  ) {}

  async execute(thread: ThreadToOpen): Promise<TextLane> {
    return (await this.log.laneOf(thread)) ?? (await this.#open(thread));
  }

  async #open(thread: ThreadToOpen): Promise<TextLane> {
    await this.transactions.run(async (tx) => {
      const opened = await this.log.openThread(tx, thread);
      await this.outbox.add(tx, ...openingEvents(opened, thread.channel));
    });
    const lane = await this.log.laneOf(thread);
    if (!lane) throw new Error(`Thread ${thread.threadId} was stored, but its lane cannot be read back`);
    return lane;
  }
}
