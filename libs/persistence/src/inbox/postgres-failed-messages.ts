import type { DataKeys } from '@parley/encryption';
import { FailedMessages, type FailedMessage } from '@parley/messaging';
import { nameAndMessageOf } from '@parley/resilience';

import type { Database } from '../database/database.js';

const MAX_ERROR_CHARS = 2_000;

/**
 * Stores failures and dead letters as inbox rows. A dead letter's payload is sealed, because a broken message
 * may contain personal data anywhere.
 */
export class PostgresFailedMessages extends FailedMessages {
  constructor(
    private readonly database: Database,
    private readonly keys: DataKeys,
  ) {
    super();
  }

  override async countFailure(consumer: string, message: FailedMessage, error: unknown): Promise<number> {
    const [counted] = await this.database.rows<{ attempts: number }>(
      `INSERT INTO inbox (consumer, event_id, state, attempts, error) VALUES ($1, $2, 'failing', 1, $3)
       ON CONFLICT (consumer, event_id) DO UPDATE
         SET attempts = inbox.attempts + 1, error = excluded.error, updated_at = clock_timestamp()
       RETURNING attempts`,
      [consumer, storable(message.id), errorText(error)],
    );
    return counted?.attempts ?? 1;
  }

  override async storeDeadLetter(consumer: string, message: FailedMessage, error: unknown): Promise<void> {
    await this.database.rows(
      `INSERT INTO inbox (consumer, event_id, state, subject, headers, payload, error)
       VALUES ($1, $2, 'dead', $3, $4, $5, $6)
       ON CONFLICT (consumer, event_id) DO UPDATE
         SET state = 'dead', subject = excluded.subject, headers = excluded.headers, payload = excluded.payload,
             error = excluded.error, updated_at = clock_timestamp()
         WHERE inbox.state <> 'done'`,
      [
        consumer,
        storable(message.id),
        storable(message.subject),
        storable(JSON.stringify(message.headers)),
        this.keys.encrypt(
          Buffer.from(message.payload).toString('base64'),
          deadLetterAad(consumer, message.id),
        ),
        errorText(error),
      ],
    );
  }
}

/** Returns the associated data with which a dead letter's payload is sealed. */
export function deadLetterAad(consumer: string, eventId: string): string {
  return `inbox.payload:${consumer}:${eventId}`;
}

export function errorText(error: unknown): string {
  return storable(nameAndMessageOf(error).slice(0, MAX_ERROR_CHARS));
}

/** Removes NUL characters, which a broken message may contain and which Postgres cannot store in text or jsonb. */
function storable(text: string): string {
  return text.replaceAll('\0', '').replaceAll('\\u0000', '');
}
