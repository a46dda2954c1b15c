import { formatId, ID_RANDOM_BYTES } from '@parley/kernel';

import type { Database } from '../database/database.js';
import { retention } from './retention.js';
import type { ScheduledJob } from './scheduled-jobs.js';

/** The most rows that one statement deletes. */
const BATCH_ROWS = 1_000;
/**
 * The prefixes of message ids. The time of creation follows the prefix, so the primary key finds old messages.
 */
const MESSAGE_IDS = ['evt', 'cmd'] as const;

/** Deletes the marks of messages that are too old to be delivered again. Dead letters, which have a payload, stay. */
export class PurgeInbox implements ScheduledJob {
  readonly name = 'purge-inbox';
  readonly cron = '5-55/10 * * * *';

  constructor(private readonly database: Database) {}

  async run(stopping: AbortSignal): Promise<void> {
    const beforeMs = Date.now() - retention.inboxMarkMs;
    for (const consumer of await this.#consumers()) {
      for (const prefix of MESSAGE_IDS) {
        const beforeId = formatId(prefix, beforeMs, new Uint8Array(ID_RANDOM_BYTES));
        let deleted = BATCH_ROWS;
        while (deleted === BATCH_ROWS && !stopping.aborted) {
          deleted = await this.#purge(consumer, `${prefix}_`, beforeId);
        }
      }
    }
  }

  /** Lists the consumers' names. It jumps through the primary key from one name to the next. */
  async #consumers(): Promise<string[]> {
    const found = await this.database.rows<{ consumer: string }>(
      `WITH RECURSIVE each AS (
         (SELECT consumer FROM inbox ORDER BY consumer LIMIT 1)
         UNION ALL
         SELECT (SELECT inbox.consumer FROM inbox WHERE inbox.consumer > each.consumer ORDER BY 1 LIMIT 1)
         FROM each WHERE each.consumer IS NOT NULL
       )
       SELECT consumer FROM each WHERE consumer IS NOT NULL`,
    );
    return found.map(({ consumer }) => consumer);
  }

  /** Deletes the old marks of messages in a range of ids: an old message may have a recent mark. */
  async #purge(consumer: string, fromId: string, beforeId: string): Promise<number> {
    const deleted = await this.database.rows(
      `DELETE FROM inbox WHERE (consumer, event_id) IN (
         SELECT consumer, event_id FROM inbox
         WHERE consumer = $1 AND event_id >= $2 AND event_id < $3 AND payload IS NULL
           AND received_at < statement_timestamp() - $4 * interval '1 millisecond'
         LIMIT ${BATCH_ROWS}
       ) RETURNING 1`,
      [consumer, fromId, beforeId, retention.inboxMarkMs],
    );
    return deleted.length;
  }
}
