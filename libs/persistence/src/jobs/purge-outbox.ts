import type { Database } from '../database/database.js';
import { retention } from './retention.js';
import type { ScheduledJob } from './scheduled-jobs.js';

/** The most rows that one statement reads or deletes. */
const BATCH_ROWS = 1_000;

/**
 * Deletes settled messages a day after they were published, and events after thirty days. Messages that their
 * stream refused stay.
 *
 * It reads the table in the order of ids, without an index of its own, and remembers up to which id nothing
 * is left to delete.
 */
export class PurgeOutbox implements ScheduledJob {
  readonly name = 'purge-outbox';
  readonly cron = '*/10 * * * *';
  readonly #passes: readonly Pass[];

  constructor(private readonly database: Database) {
    this.#passes = [
      { isPublic: false, olderThanMs: retention.settledMessageMs, afterId: '0' },
      { isPublic: true, olderThanMs: retention.publicEventMs, afterId: '0' },
    ];
  }

  async run(stopping: AbortSignal): Promise<void> {
    for (const pass of this.#passes) await this.#runPass(pass, stopping);
  }

  async #runPass(pass: Pass, stopping: AbortSignal): Promise<void> {
    let { afterId } = pass;
    let isAllDone = true;
    let hasMore = true;
    while (hasMore && !stopping.aborted) {
      const step = await this.#purgeAfter(afterId, pass);
      if (step.lastId === null) return;
      if (isAllDone) pass.afterId = step.firstKept ?? step.lastId;
      isAllDone &&= step.firstKept === null;
      afterId = step.lastId;
      ({ hasMore } = step);
    }
  }

  async #purgeAfter(afterId: string, { isPublic, olderThanMs }: Pass): Promise<Step> {
    const [step] = await this.database.rows<Step>(
      `WITH time AS (SELECT statement_timestamp() - $3 * interval '1 millisecond' AS limit),
       seen AS (
         SELECT id, (subject LIKE 'evt.%') = $2 AS is_ours, failed_at IS NOT NULL AS is_failed,
                created_at < time.limit AS is_old,
                coalesce(published_at < time.limit, false)
                  AND (SELECT outbox_id FROM outbox_settlement WHERE outbox_id = outbox.id) IS NULL AS is_done
         FROM outbox, time WHERE id > $1::bigint ORDER BY id LIMIT ${BATCH_ROWS}
       ), deleted AS (
         DELETE FROM outbox USING seen WHERE outbox.id = seen.id AND is_ours AND is_done
       )
       SELECT max(id) AS "lastId", count(*) = ${BATCH_ROWS} AND bool_and(is_old) AS "hasMore",
              min(id) FILTER (WHERE is_ours AND NOT is_failed AND NOT is_done) - 1 AS "firstKept"
       FROM seen`,
      [afterId, isPublic, olderThanMs],
    );
    return step!;
  }
}

interface Pass {
  readonly isPublic: boolean;
  readonly olderThanMs: number;
  /** The id up to which nothing is left to delete: a bigint, as text. */
  afterId: string;
}

interface Step {
  /** The last id that was read; null if there was no row. */
  readonly lastId: string | null;
  readonly hasMore: boolean;
  /** The id before the first row that can be deleted only later; null if there is no such row. */
  readonly firstKept: string | null;
}
