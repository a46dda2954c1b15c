import type { DurableKind } from '@parley/contracts';
import type { StreamState } from '@parley/messaging';

import type { Database } from '../database/database.js';
import type { DueQuery } from '../due-poll.js';
import type { PersistenceTimes } from '../persistence-times.js';

/** A published message that is not settled. */
export interface UnsettledRow {
  /** A bigint, as text. */
  id: string;
  readonly eventId: string;
  readonly subject: string;
  readonly streamCreated: string;
  /** A bigint, as text. */
  readonly sequence: string;
  /** How often it was published again. */
  readonly republished: number;
  /** The time at which the row was read, as text in full precision. */
  readonly askedAt: string;
}

/** The state of a stream, read after `asOf`, a time of the database's clock. */
export interface StreamSnapshot extends StreamState {
  readonly asOf: string;
}

const COLUMNS = `id, event_id AS "eventId", subject, stream_created AS "streamCreated", stream_sequence AS sequence,
  republished, statement_timestamp()::text AS "askedAt"`;
const UNSETTLED = 'outbox_settlement JOIN outbox ON outbox.id = outbox_id';

/**
 * Reads each partition's index entries in order. LATERAL with OFFSET keeps Postgres from planning a join that
 * reads the whole outbox.
 */
const DUE = `
  SELECT ${COLUMNS}
  FROM (
    SELECT soonest.* FROM unnest($1::smallint[]) AS held (partition)
    CROSS JOIN LATERAL (
      SELECT outbox_id, stream_created, stream_sequence, due_at FROM outbox_settlement
      WHERE outbox_settlement.partition = held.partition AND due_at <= statement_timestamp()
      ORDER BY due_at LIMIT $2
    ) AS soonest
    ORDER BY due_at LIMIT $2
  ) AS due
  CROSS JOIN LATERAL (
    SELECT id, event_id, subject, republished FROM outbox WHERE id = due.outbox_id OFFSET 0
  ) AS message
  ORDER BY due_at`;

const DUE_AT = `
  SELECT min(soonest.due_at) FROM unnest($1::smallint[]) AS held (partition)
  CROSS JOIN LATERAL (
    SELECT due_at FROM outbox_settlement WHERE outbox_settlement.partition = held.partition
    ORDER BY due_at LIMIT 1
  ) AS soonest`;

/** Settlement's statements on the outbox, each outside any transaction. */
export class SettlementRows {
  constructor(
    private readonly database: Database,
    private readonly times: PersistenceTimes,
  ) {}

  /** Returns the rows whose consumers must be asked now, the longest due first. */
  due(partitions: readonly number[], limit: number): Promise<UnsettledRow[]> {
    return this.database.rows<UnsettledRow>(DUE, [partitions, limit]);
  }

  /** Returns the query for the time at which the first row is due. */
  dueAt(partitions: readonly number[]): DueQuery {
    return { sql: DUE_AT, values: [partitions] };
  }

  /**
   * Returns the rows, due or not, that are missing in their stream: the stream was created again, begins after
   * them or ends before them. Only rows that were published before the stream was read can be beyond its end.
   * In the order of ids, after `afterId`.
   */
  gone(
    partitions: readonly number[],
    kind: DurableKind,
    stream: StreamSnapshot,
    afterId: string,
    limit: number,
  ): Promise<UnsettledRow[]> {
    return this.database.rows<UnsettledRow>(
      `SELECT ${COLUMNS} FROM ${UNSETTLED}
       WHERE outbox_settlement.partition = ANY($1::smallint[]) AND kind = $2
         AND (stream_created <> $3 OR stream_sequence < $4
              OR (stream_sequence > $5 AND outbox_settlement.published_at < $6::timestamptz))
         AND outbox_id > $7::bigint
       ORDER BY outbox_id LIMIT $8`,
      [
        partitions,
        kind,
        stream.created,
        stream.firstSequence,
        stream.lastSequence,
        stream.asOf,
        afterId,
        limit,
      ],
    );
  }

  async settle(rows: readonly UnsettledRow[]): Promise<void> {
    if (rows.length === 0) return;
    await this.database.rows('DELETE FROM outbox_settlement WHERE outbox_id = ANY($1::bigint[])', [
      rows.map(({ id }) => id),
    ]);
  }

  /** Postpones these rows by the time since they were published, within bounds. */
  async defer(rows: readonly UnsettledRow[]): Promise<void> {
    if (rows.length === 0) return;
    await this.database.rows(
      `UPDATE outbox_settlement
       SET due_at = clock_timestamp() + least(
             $3 * interval '1 millisecond',
             greatest($2 * interval '1 millisecond', clock_timestamp() - published_at))
       WHERE outbox_id = ANY($1::bigint[])`,
      [rows.map(({ id }) => id), this.times.settleAfterMs, this.times.settleRetryMaxMs],
    );
  }

  /** Makes the relay publish these rows again, except rows that another process has changed meanwhile. */
  async republish(rows: readonly UnsettledRow[]): Promise<void> {
    await this.database.rows(
      `WITH lost AS (
         DELETE FROM outbox_settlement USING unnest($1::bigint[], $2::text[], $3::bigint[]) AS seen (id, created, position)
         WHERE outbox_id = seen.id AND stream_created = seen.created AND stream_sequence = seen.position
         RETURNING outbox_id
       )
       UPDATE outbox SET published_at = NULL, republished = republished + 1
       FROM lost WHERE outbox.id = lost.outbox_id`,
      [
        rows.map(({ id }) => id),
        rows.map(({ streamCreated }) => streamCreated),
        rows.map(({ sequence }) => sequence),
      ],
    );
  }
}
