import { Injectable } from '@nestjs/common';
import type { ConsentChange } from '@parley/contracts';
import { DataKeys } from '@parley/encryption';
import type { E164, ThreadId } from '@parley/kernel';
import { rows, type Transaction } from '@parley/persistence';
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
  UPDATE recipient SET opted_out_at = CASE WHEN $2 THEN clock_timestamp() END
  FROM thread
  WHERE thread.id = $1 AND recipient.number_index = thread.recipient_index
    AND (opted_out_at IS NOT NULL) <> $2
  RETURNING 1`;

@Injectable()
export class PostgresConsentStore extends ConsentStore {
  constructor(private readonly keys: DataKeys) {
    super();
  }

  async lock(tx: Transaction, person: E164): Promise<Consent> {
    const indexes = this.keys.blindIndexes(person, RECIPIENT_NUMBER);
    await rows(tx, MEET, [indexes, this.keys.blindIndex(person, RECIPIENT_NUMBER)]);
    const found = await rows<{ isOptedOut: boolean }>(tx, LOCK, [indexes]);
    return found.some(({ isOptedOut }) => isOptedOut) ? 'opted-out' : 'given';
  }

  async change(tx: Transaction, threadId: ThreadId, change: ConsentChange): Promise<boolean> {
    return (await rows(tx, CHANGE, [threadId, change === 'opted-out'])).length > 0;
  }
}
