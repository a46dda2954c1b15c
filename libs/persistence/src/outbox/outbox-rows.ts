import type { Database } from '../database.js';

/** A message waiting in the outbox. */
export interface PendingRow {
  /** bigint, as text. */
  id: string;
  event_id: string;
  partition: number;
  ordering_key: string;
  subject: string;
  headers: Record<string, string>;
  payload: Buffer;
}

export interface PendingFilter {
  partitions: readonly number[];
  exceptIds: readonly string[];
  exceptKeys: readonly string[];
  /** Streams by their subjects' first token. */
  exceptKinds: readonly string[];
  limit: number;
}

/** What the relay reads and writes of the outbox: single statements, each outside any transaction. */
export class OutboxRows {
  constructor(private readonly database: Database) {}

  /** The oldest rows that are neither published nor failed. */
  pending(filter: PendingFilter): Promise<PendingRow[]> {
    return this.database.rows<PendingRow>(
      `SELECT id, event_id, partition, ordering_key, subject, headers, payload
       FROM outbox
       WHERE published_at IS NULL AND failed_at IS NULL AND partition = ANY($1::smallint[])
         AND id <> ALL($2::bigint[]) AND ordering_key <> ALL($3::text[])
         AND split_part(subject, '.', 1) <> ALL($4::text[])
       ORDER BY id LIMIT $5`,
      [filter.partitions, filter.exceptIds, filter.exceptKeys, filter.exceptKinds, filter.limit],
    );
  }

  async markPublished(ids: readonly string[]): Promise<void> {
    await this.database.rows(
      'UPDATE outbox SET published_at = clock_timestamp() WHERE id = ANY($1::bigint[])',
      [ids],
    );
  }

  async markFailed(ids: readonly string[], failures: readonly string[]): Promise<void> {
    await this.database.rows(
      `UPDATE outbox SET failed_at = clock_timestamp(), failure = f.failure
       FROM unnest($1::bigint[], $2::text[]) AS f (id, failure)
       WHERE outbox.id = f.id AND published_at IS NULL`,
      [ids, failures],
    );
  }
}
