import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type ScheduledJob, ScheduledJobs } from '@parley/persistence';
import { ChatStore } from './chat-store.js';

/** Clients do not repeat a message for longer than a week. */
const CLIENT_MESSAGE_ID_LIFE_MS = 7 * 24 * 3_600_000;
const BATCH_ROWS = 1_000;

/** Deletes the client message ids of old messages. */
@Injectable()
export class PurgeClientMessageIds implements ScheduledJob, OnModuleInit {
  readonly name = 'purge-client-message-ids';
  readonly cron = '25 * * * *';

  constructor(
    private readonly chats: ChatStore,
    private readonly jobs: ScheduledJobs,
  ) {}

  onModuleInit(): void {
    this.jobs.add(this);
  }

  async run(stopping: AbortSignal): Promise<void> {
    const receivedBefore = new Date(Date.now() - CLIENT_MESSAGE_ID_LIFE_MS);
    let deleted = BATCH_ROWS;
    while (deleted === BATCH_ROWS && !stopping.aborted) {
      deleted = await this.chats.purge(receivedBefore, BATCH_ROWS);
    }
  }
}
