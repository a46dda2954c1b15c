import { Inject, Injectable } from '@nestjs/common';
import type { ConsentChange } from '@parley/contracts';
import { DataKeys } from '@parley/encryption';
import type { E164, SendId, ThreadId } from '@parley/kernel';
import { Database, rows, type Transaction } from '@parley/persistence';
import type { Consent } from '@parley/sms-policy';
import { RECOVERY_TIMES, type RecoveryTimes } from '../../recovery-times.js';
import { RECIPIENT_NUMBER } from '../../threads/adapters/postgres-thread-store.js';
import { ConsentStore, type LateConsentChange } from '../consent-store.js';

const ENSURE_RECIPIENT = `
  INSERT INTO recipient (number_index)
  SELECT $2 WHERE NOT EXISTS (SELECT FROM recipient WHERE number_index = ANY($1))
  ON CONFLICT DO NOTHING`;

const LOCK = `
  SELECT opted_out_at IS NOT NULL AS "isOptedOut" FROM recipient WHERE number_index = ANY($1)
  ORDER BY number_index FOR NO KEY UPDATE`;

/** Changes a person's consent: at the time $3, or else now, by the database's clock and in the order of the row's lock. */
const CHANGE = `
  WITH before AS MATERIALIZED (
    SELECT number_index, opted_out_at, coalesce($3::timestamptz, clock_timestamp()) AS changed_at FROM recipient
    WHERE number_index = (SELECT recipient_index FROM thread WHERE id = $1)
      AND ($3::timestamptz IS NULL OR coalesce(consent_changed_at <= $3::timestamptz
        + CASE WHEN $2 THEN $4::integer ELSE -$4::integer END * interval '1 millisecond', true))
    FOR NO KEY UPDATE
  ), unblocked AS (
    UPDATE thread SET carrier_blocked_at = NULL FROM before
    WHERE NOT $2 AND thread.recipient_index = before.number_index
      AND carrier_blocked_at < coalesce($3::timestamptz, 'infinity')
    RETURNING thread.id
  )
  UPDATE recipient SET consent_changed_at = greatest(consent_changed_at, changed_at),
    opted_out_at = CASE WHEN $2 THEN coalesce(before.opted_out_at, clock_timestamp()) END
  FROM before WHERE recipient.number_index = before.number_index
  RETURNING changed_at AS "changedAt",
    (before.opted_out_at IS NOT NULL) <> $2 OR EXISTS (TABLE unblocked) AS "isChange"`;

const BLOCK = `
  UPDATE thread SET carrier_blocked_at = clock_timestamp() FROM send, recipient
  WHERE send.id = $1 AND thread.id = send.thread_id AND recipient.number_index = thread.recipient_index
    AND carrier_blocked_at IS NULL
    AND (opted_out_at IS NOT NULL OR consent_changed_at IS NULL
      OR consent_changed_at < send.send_deadline - $2 * interval '1 millisecond')
  RETURNING carrier_blocked_at AS "blockedAt"`;

@Injectable()
export class PostgresConsentStore extends ConsentStore {
  constructor(
    private readonly keys: DataKeys,
    private readonly database: Database,
    @Inject(RECOVERY_TIMES) private readonly times: RecoveryTimes,
  ) {
    super();
  }

  async lock(tx: Transaction, person: E164): Promise<Consent> {
    const indexes = this.keys.blindIndexes(person, RECIPIENT_NUMBER);
    await rows(tx, ENSURE_RECIPIENT, [indexes, this.keys.blindIndex(person, RECIPIENT_NUMBER)]);
    const found = await rows<{ isOptedOut: boolean }>(tx, LOCK, [indexes]);
    return found.some(({ isOptedOut }) => isOptedOut) ? 'opted-out' : 'given';
  }

  async ofThread(threadId: ThreadId): Promise<Consent | undefined> {
    const [found] = await this.database.rows<{ isOptedOut: boolean }>(
      `SELECT recipient.opted_out_at IS NOT NULL OR thread.carrier_blocked_at IS NOT NULL AS "isOptedOut"
       FROM thread JOIN recipient ON recipient.number_index = thread.recipient_index WHERE thread.id = $1`,
      [threadId],
    );
    return found && (found.isOptedOut ? 'opted-out' : 'given');
  }

  async change(
    tx: Transaction,
    threadId: ThreadId,
    change: ConsentChange,
    late?: LateConsentChange,
  ): Promise<Date | undefined> {
    const isOptOut = change === 'opted-out';
    const [changed] = await rows<{ changedAt: Date; isChange: boolean }>(tx, CHANGE, [
      threadId,
      isOptOut,
      late?.at ?? null,
      late?.uncertainMs ?? 0,
    ]);
    return changed?.isChange ? changed.changedAt : undefined;
  }

  async block(tx: Transaction, sendId: SendId): Promise<Date | undefined> {
    const [blocked] = await rows<{ blockedAt: Date }>(tx, BLOCK, [sendId, this.times.sendDeadlineMs]);
    return blocked?.blockedAt;
  }
}
