import { Injectable } from '@nestjs/common';
import type { ConsentChange } from '@parley/contracts';
import { DataKeys } from '@parley/encryption';
import type { E164, ThreadId } from '@parley/kernel';
import { Database, rows, type Transaction } from '@parley/persistence';
import type { Consent } from '@parley/sms-policy';
import { RECIPIENT_NUMBER } from '../../threads/adapters/postgres-thread-store.js';
import { ConsentStore } from '../consent-store.js';

const MEET = `
  INSERT INTO recipient (number_index)
  SELECT $2 WHERE NOT EXISTS (SELECT FROM recipient WHERE number_index = ANY($1))
  ON CONFLICT DO NOTHING`;

const LOCK = `
  SELECT opted_out_at IS NOT NULL AS "isOptedOut" FROM recipient WHERE number_index = ANY($1)
  ORDER BY number_index FOR NO KEY UPDATE`;

const CHANGE = `
  WITH before AS MATERIALIZED (
    SELECT number_index, opted_out_at FROM recipient
    WHERE number_index = (SELECT recipient_index FROM thread WHERE id = $1)
      AND coalesce(consent_changed_at <= $3::timestamptz
        + CASE WHEN $2 THEN $4::integer ELSE -$4::integer END * interval '1 millisecond', true)
    FOR NO KEY UPDATE
  )
  UPDATE recipient SET consent_changed_at = greatest(consent_changed_at, $3),
    opted_out_at = CASE WHEN $2 THEN coalesce(before.opted_out_at, clock_timestamp()) END
  FROM before WHERE recipient.number_index = before.number_index
  RETURNING (before.opted_out_at IS NOT NULL) <> $2 AS "isNews"`;

@Injectable()
export class PostgresConsentStore extends ConsentStore {
  constructor(
    private readonly keys: DataKeys,
    private readonly database: Database,
  ) {
    super();
  }

  async lock(tx: Transaction, person: E164): Promise<Consent> {
    const indexes = this.keys.blindIndexes(person, RECIPIENT_NUMBER);
    await rows(tx, MEET, [indexes, this.keys.blindIndex(person, RECIPIENT_NUMBER)]);
    const found = await rows<{ isOptedOut: boolean }>(tx, LOCK, [indexes]);
    return found.some(({ isOptedOut }) => isOptedOut) ? 'opted-out' : 'given';
  }

  async ofThread(threadId: ThreadId): Promise<Consent | undefined> {
    const [found] = await this.database.rows<{ isOptedOut: boolean }>(
      `SELECT recipient.opted_out_at IS NOT NULL AS "isOptedOut"
       FROM thread JOIN recipient ON recipient.number_index = thread.recipient_index WHERE thread.id = $1`,
      [threadId],
    );
    return found && (found.isOptedOut ? 'opted-out' : 'given');
  }

  async change(
    tx: Transaction,
    threadId: ThreadId,
    change: ConsentChange,
    at: Date,
    uncertainMs: number,
  ): Promise<boolean> {
    const isOptOut = change === 'opted-out';
    const [changed] = await rows<{ isNews: boolean }>(tx, CHANGE, [threadId, isOptOut, at, uncertainMs]);
    return changed?.isNews ?? false;
  }
}
