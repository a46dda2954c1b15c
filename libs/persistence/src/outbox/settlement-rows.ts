import type { DurableKind } from '@parley/contracts';
import type { StreamState } from '@parley/messaging';

import type { Database } from '../database.js';
import type { RecoveryTimes } from '../recovery-times.js';

/** A published message that not all of its consumers are known to have. */
export interface UnsettledRow {
  /** bigint, as text. */
  id: string;
  event_id: string;
  subject: string;
  stream_created: string;
  /** bigint, as text. */
  stream_sequence: string;
  /** How often it was published again. */
  republished: number;
}

const COLUMNS = 'id, event_id, subject, stream_created, stream_sequence, republished';

/** What settlement reads and writes of the outbox: single statements, each outside any transaction. */
export class SettlementRows {
  constructor(
    private readonly database: Database,
    private readonly times: RecoveryTimes,
  ) {}

  /** The rows to be asked about now, those due longest first. */
  due(partitions: readonly number[], limit: number): Promise<UnsettledRow[]> {
    return this.database.rows<UnsettledRow>(
      `SELECT ${COLUMNS} FROM outbox
       WHERE settlement_due_at <= statement_timestamp() AND partition = ANY($1::smallint[])
       ORDER BY settlement_due_at LIMIT $2`,
      [partitions, limit],
    );
  }

  /** The rows, due or not, that lay in a stream which is no more, or were pushed out: in id order, after `afterId`. */
  gone(
    partitions: readonly number[],
    kind: DurableKind,
    stream: StreamState,
    afterId: string,
    limit: number,
  ): Promise<UnsettledRow[]> {
    return this.database.rows<UnsettledRow>(
      `SELECT ${COLUMNS} FROM outbox
       WHERE settlement_due_at IS NOT NULL AND partition = ANY($1::smallint[])
         AND split_part(subject, '.', 1) = $2 AND (stream_created <> $3 OR stream_sequence < $4)
         AND id > $5::bigint
       ORDER BY id LIMIT $6`,
      [partitions, kind, stream.created, stream.firstSequence, afterId, limit],
    );
  }

  async settle(rows: readonly UnsettledRow[]): Promise<void> {
    if (rows.length === 0) return;
    await this.database.rows('UPDATE outbox SET settlement_due_at = NULL WHERE id = ANY($1::bigint[])', [
      rows.map(({ id }) => id),
    ]);
  }

  /** Has them asked about again after as long as they have been out by now, within bounds. */
  async defer(rows: readonly UnsettledRow[]): Promise<void> {
    if (rows.length === 0) return;
    await this.database.rows(
      `UPDATE outbox
       SET settlement_due_at = clock_timestamp() + least(
             $3 * interval '1 millisecond',
             greatest($2 * interval '1 millisecond', clock_timestamp() - published_at))
       WHERE id = ANY($1::bigint[]) AND settlement_due_at IS NOT NULL`,
      [rows.map(({ id }) => id), this.times.settleAfterMs, this.times.settleRetryMaxMs],
    );
  }

  /** Makes them wait for the relay again. A row that somebody else did so with meanwhile is left as it is. */
  async republish(rows: readonly UnsettledRow[]): Promise<void> {
    await this.database.rows(
      `UPDATE outbox
       SET published_at = NULL, stream_created = NULL, stream_sequence = NULL, settlement_due_at = NULL,
           republished = outbox.republished + 1
       FROM unnest($1::bigint[], $2::integer[]) AS seen (id, republished)
       WHERE outbox.id = seen.id AND outbox.republished = seen.republished AND settlement_due_at IS NOT NULL`,
      [rows.map(({ id }) => id), rows.map(({ republished }) => republished)],
    );
  }
}
