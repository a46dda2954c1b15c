import { Injectable } from '@nestjs/common';
import type { VerificationId } from '@parley/kernel';
import { Database, rows, type Transaction } from '@parley/persistence';
import { AnsweredRequests, type BegunRequest, type RequestAnswer } from '../answered-requests.js';

interface RequestRow {
  readonly isNew: boolean;
  readonly nowMs: number;
  readonly verificationId: VerificationId | null;
  readonly outcome: string | null;
  readonly retryAt: Date | null;
}

/** SQL: the time in milliseconds, by the database's clock. */
const NOW_MS = 'floor(extract(epoch FROM clock_timestamp()) * 1000)::float8';

@Injectable()
export class PostgresAnsweredRequests extends AnsweredRequests {
  constructor(private readonly database: Database) {
    super();
  }

  async begin(tx: Transaction, requestId: string): Promise<BegunRequest> {
    // The update changes nothing; it makes RETURNING return the row that is there.
    const [row] = await rows<RequestRow>(
      tx,
      `INSERT INTO answered_request AS known (request_id) VALUES ($1)
       ON CONFLICT (request_id) DO UPDATE SET request_id = excluded.request_id
       RETURNING outcome IS NULL AS "isNew", ${NOW_MS} AS "nowMs", verification_id AS "verificationId", outcome,
         retry_at AS "retryAt"`,
      [requestId],
    );
    const { isNew, nowMs, verificationId, outcome, retryAt } = row!;
    if (isNew) return { isNew, nowMs };
    return {
      isNew,
      nowMs,
      answer: {
        outcome: outcome!,
        verificationId: verificationId ?? undefined,
        retryAtMs: retryAt?.getTime(),
      },
    };
  }

  async answer(
    tx: Transaction,
    requestId: string,
    { outcome, verificationId, retryAtMs }: RequestAnswer,
  ): Promise<void> {
    await rows(
      tx,
      `UPDATE answered_request SET outcome = $2, verification_id = $3, retry_at = $4 WHERE request_id = $1`,
      [requestId, outcome, verificationId ?? null, retryAtMs === undefined ? null : new Date(retryAtMs)],
    );
  }

  async purge(beforeMs: number, limit: number): Promise<number> {
    const deleted = await this.database.rows(
      `DELETE FROM answered_request WHERE request_id = ANY (ARRAY(
         SELECT request_id FROM answered_request WHERE created_at < $1 LIMIT $2)) RETURNING 1`,
      [new Date(beforeMs), limit],
    );
    return deleted.length;
  }
}
