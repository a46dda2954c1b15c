import type { Database } from '../database.js';
import type { RecoveryTimes } from '../recovery-times.js';

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
  /** How often it was lost, and so published again. */
  republished: number;
}

/** A published row, and where it lies. */
export interface PublishedRow {
  /** bigint, as text. */
  id: string;
  streamCreated: string;
  sequence: number;
  /** Whether consumers of ours are to be asked for it. */
  isToBeSettled: boolean;
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
  constructor(
    private readonly database: Database,
    private readonly times: RecoveryTimes,
  ) {}

  /** The oldest rows that are neither published nor failed. */
  pending(filter: PendingFilter): Promise<PendingRow[]> {
    return this.database.rows<PendingRow>(
      `SELECT id, event_id, partition, ordering_key, subject, headers, payload, republished
       FROM outbox
       WHERE published_at IS NULL AND failed_at IS NULL AND partition = ANY($1::smallint[])
         AND id <> ALL($2::bigint[]) AND ordering_key <> ALL($3::text[])
         AND split_part(subject, '.', 1) <> ALL($4::text[])
       ORDER BY id LIMIT $5`,
      [filter.partitions, filter.exceptIds, filter.exceptKeys, filter.exceptKinds, filter.limit],
    );
  }

  /** A row that was lost before is asked about later each time: something may be wrong with it. */
  async markPublished(rows: readonly PublishedRow[]): Promise<void> {
    await this.database.rows(
      `UPDATE outbox
       SET published_at = clock_timestamp(), stream_created = p.stream_created, stream_sequence = p.sequence,
           settlement_due_at = CASE WHEN p.is_to_be_settled THEN
             clock_timestamp() + least($6, $5 * power(2, least(republished, 20))) * interval '1 millisecond' END
       FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::boolean[])
         AS p (id, stream_created, sequence, is_to_be_settled)
       WHERE outbox.id = p.id`,
      [
        rows.map(({ id }) => id),
        rows.map(({ streamCreated }) => streamCreated),
        rows.map(({ sequence }) => sequence),
        rows.map(({ isToBeSettled }) => isToBeSettled),
        this.times.settleAfterMs,
        this.times.settleRetryMaxMs,
      ],
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
