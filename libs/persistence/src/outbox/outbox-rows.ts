import type { Database } from '../database/database.js';
import type { DueQuery } from '../due-poll.js';
import type { PersistenceTimes } from '../persistence-times.js';
import { internalConsumersOf } from './internal-consumers.js';
import { kindOf } from './kind-of.js';

/** A message waiting in the outbox. */
export interface PendingRow {
  /** A bigint, as text. */
  id: string;
  readonly eventId: string;
  partition: number;
  readonly orderingKey: string;
  readonly subject: string;
  readonly headers: Record<string, string>;
  readonly payload: Buffer;
  /** How often the message was lost and published again. */
  readonly republished: number;
}

/** A published row and its position in the stream. */
export interface PublishedRow extends Pick<PendingRow, 'id' | 'partition' | 'subject' | 'republished'> {
  readonly streamCreated: string;
  readonly sequence: number;
}

export interface PendingFilter {
  readonly partitions: readonly number[];
  readonly exceptIds: readonly string[];
  readonly exceptKeys: readonly string[];
  /** The first tokens of subjects; each names a stream. */
  readonly exceptKinds: readonly string[];
}

const PENDING = `published_at IS NULL AND failed_at IS NULL AND partition = ANY($1::smallint[])
         AND id <> ALL($2::bigint[]) AND ordering_key <> ALL($3::text[])
         AND split_part(subject, '.', 1) <> ALL($4::text[])`;

/** The relay's statements on the outbox, each outside any transaction. */
export class OutboxRows {
  constructor(
    private readonly database: Database,
    private readonly times: PersistenceTimes,
  ) {}

  /** Reads the oldest rows that are neither published nor failed. */
  pending(filter: PendingFilter, limit: number): Promise<PendingRow[]> {
    return this.database.rows<PendingRow>(
      `SELECT id, event_id AS "eventId", partition, ordering_key AS "orderingKey", subject, headers, payload, republished
       FROM outbox
       WHERE ${PENDING}
       ORDER BY id LIMIT $5`,
      [...valuesOf(filter), limit],
    );
  }

  /** Returns the query for the time at which the oldest of these rows was written. */
  pendingSince(filter: PendingFilter): DueQuery {
    return {
      sql: `SELECT created_at FROM outbox WHERE ${PENDING} ORDER BY id LIMIT 1`,
      values: valuesOf(filter),
    };
  }

  /**
   * Marks rows as published, and records when settlement asks their internal consumers. The more often a
   * message was lost, the later settlement asks.
   */
  async markPublished(rows: readonly PublishedRow[]): Promise<void> {
    const asked = rows.filter(({ subject }) => internalConsumersOf(subject)?.length !== 0);
    await this.database.rows(
      `WITH marked AS (UPDATE outbox SET published_at = clock_timestamp() WHERE id = ANY($1::bigint[]))
       INSERT INTO outbox_settlement (outbox_id, partition, kind, stream_created, stream_sequence, due_at)
       SELECT id, partition, kind, stream_created, sequence, clock_timestamp() + wait_ms * interval '1 millisecond'
       FROM unnest($2::bigint[], $3::smallint[], $4::text[], $5::text[], $6::bigint[], $7::float8[])
         AS p (id, partition, kind, stream_created, sequence, wait_ms)
       ON CONFLICT (outbox_id) DO UPDATE
         SET stream_created = excluded.stream_created, stream_sequence = excluded.stream_sequence`,
      [
        rows.map(({ id }) => id),
        asked.map(({ id }) => id),
        asked.map(({ partition }) => partition),
        asked.map(({ subject }) => kindOf(subject)),
        asked.map(({ streamCreated }) => streamCreated),
        asked.map(({ sequence }) => sequence),
        asked.map(({ republished }) =>
          Math.min(this.times.settleAfterMs * 2 ** republished, this.times.settleRetryMaxMs),
        ),
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

function valuesOf({ partitions, exceptIds, exceptKeys, exceptKinds }: PendingFilter) {
  return [partitions, exceptIds, exceptKeys, exceptKinds];
}
