import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataKeys } from '@parley/encryption';
import type { LineId } from '@parley/kernel';
import { Database, PhoneColumn } from '@parley/persistence';
import { LINE_NUMBER_PURPOSE } from '../../../lines/adapters/postgres-line-store.js';
import { type ClaimedLine, MissedSmsSearches } from '../missed-sms-searches.js';

/** How far a search reaches back before the last one: the vendor may list a text late, and its clock differs from ours. */
const OVERLAP_MS = 600_000;

const CLAIM = `
  UPDATE line SET poll_token = $3, poll_started_at = clock_timestamp(),
    poll_lease_until = clock_timestamp() + $2 * interval '1 millisecond'
  WHERE id = (
    SELECT id FROM line
    WHERE (polled_at IS NULL OR polled_at < clock_timestamp() - $1 * interval '1 millisecond')
      AND (poll_lease_until IS NULL OR poll_lease_until < clock_timestamp())
    ORDER BY polled_at NULLS FIRST LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
  RETURNING id, sealed_number AS "sealedNumber",
    greatest(date_trunc('second', created_at), polled_at - $4 * interval '1 millisecond') AS since`;

const COMPLETE = `
  UPDATE line SET polled_at = poll_started_at, poll_token = NULL, poll_lease_until = NULL
  WHERE id = $1 AND poll_token = $2`;

const RELEASE = `UPDATE line SET poll_token = NULL, poll_lease_until = NULL WHERE id = $1 AND poll_token = $2`;

const IS_EVERY_LINE_SEARCHED = `
  SELECT NOT EXISTS (
    SELECT FROM line
    WHERE polled_at IS NULL OR polled_at < clock_timestamp() - $1 * interval '1 millisecond') AS "isSearched"`;

@Injectable()
export class PostgresMissedSmsSearches extends MissedSmsSearches {
  readonly #number: PhoneColumn;

  constructor(
    keys: DataKeys,
    private readonly database: Database,
  ) {
    super();
    this.#number = new PhoneColumn(keys, LINE_NUMBER_PURPOSE);
  }

  async claim(olderThanMs: number, leaseMs: number): Promise<ClaimedLine | undefined> {
    const token = randomUUID();
    const [claimed] = await this.database.rows<{ id: LineId; sealedNumber: string; since: Date }>(CLAIM, [
      olderThanMs,
      leaseMs,
      token,
      OVERLAP_MS,
    ]);
    if (!claimed) return undefined;
    const { id, sealedNumber, since } = claimed;
    return { id, number: this.#number.open(sealedNumber, id), since, token };
  }

  async complete({ id, token }: ClaimedLine): Promise<void> {
    await this.database.rows(COMPLETE, [id, token]);
  }

  async release({ id, token }: ClaimedLine): Promise<void> {
    await this.database.rows(RELEASE, [id, token]);
  }

  async isEveryLineSearched(withinMs: number): Promise<boolean> {
    const [answer] = await this.database.rows<{ isSearched: boolean }>(IS_EVERY_LINE_SEARCHED, [withinMs]);
    return answer!.isSearched;
  }
}
