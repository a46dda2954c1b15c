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
const UNSETTLED = 'outbox_settlement JOIN outbox ON outbox.id = outbox_id';

/** What settlement reads and writes of the outbox: single statements, each outside any transaction. */
export class SettlementRows {
  constructor(
    private readonly database: Database,
    private readonly times: RecoveryTimes,
  ) {}

  /** The rows to be asked about now, those due longest first. */
  due(partitions: readonly number[], limit: number): Promise<UnsettledRow[]> {
    return this.database.rows<UnsettledRow>(
      `SELECT ${COLUMNS} FROM ${UNSETTLED}
       WHERE due_at <= statement_timestamp() AND outbox_settlement.partition = ANY($1::smallint[])
       ORDER BY due_at LIMIT $2`,
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
      `SELECT ${COLUMNS} FROM ${UNSETTLED}
       WHERE outbox_settlement.partition = ANY($1::smallint[]) AND kind = $2
         AND (stream_created <> $3 OR stream_sequence < $4) AND outbox_id > $5::bigint
       ORDER BY outbox_id LIMIT $6`,
      [partitions, kind, stream.created, stream.firstSequence, afterId, limit],
    );
  }

  async settle(rows: readonly UnsettledRow[]): Promise<void> {
    if (rows.length === 0) return;
    await this.database.rows('DELETE FROM outbox_settlement WHERE outbox_id = ANY($1::bigint[])', [
      rows.map(({ id }) => id),
    ]);
  }

  /** Has them asked about again after as long as they have been out by now, within bounds. */
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

  /** Makes them wait for the relay again. A row that somebody else did so with meanwhile is left as it is. */
  async republish(rows: readonly UnsettledRow[]): Promise<void> {
    await this.database.rows(
      `WITH lost AS (
         DELETE FROM outbox_settlement USING unnest($1::bigint[], $2::text[], $3::bigint[]) AS seen (id, created, place)
         WHERE outbox_id = seen.id AND stream_created = seen.created AND stream_sequence = seen.place
         RETURNING outbox_id
       )
       UPDATE outbox SET published_at = NULL, republished = republished + 1
       FROM lost WHERE outbox.id = lost.outbox_id`,
      [
        rows.map(({ id }) => id),
        rows.map(({ stream_created: created }) => created),
        rows.map(({ stream_sequence: place }) => place),
      ],
    );
  }
}
