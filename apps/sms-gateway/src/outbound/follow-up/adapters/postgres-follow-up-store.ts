import { Inject, Injectable } from '@nestjs/common';
import type { SendId } from '@parley/kernel';
import { Database, type DueQuery } from '@parley/persistence';
import { FINAL_STATUSES } from '@parley/sms-policy';
import { RECOVERY_TIMES, type RecoveryTimes } from '../../../recovery-times.js';
import { SEALED_COLUMNS, type SealedSendRow, SendEncryption } from '../../adapters/send-encryption.js';
import type { DueFollowUp, SendKey } from '../../send.js';
import { type AcceptedSend, FollowUpStore, type OverdueSend, type OtherSends } from '../follow-up-store.js';

const DUE_AT = 'SELECT min(follow_up_at) FROM send WHERE follow_up_at IS NOT NULL';

/**
 * Claims attempts to reconcile or repeat. Uses an array of ids, because Postgres would plan a join for the full limit and
 * read whole tables; and statement_timestamp(), because an index cannot be searched by clock_timestamp().
 */
const CLAIM = `
  WITH due AS MATERIALIZED (
    SELECT id FROM send WHERE follow_up_at <= statement_timestamp()
    ORDER BY follow_up_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
  )
  UPDATE send SET follow_up_at = clock_timestamp() + $2 * interval '1 millisecond'
  FROM thread, line
  WHERE send.id = ANY (ARRAY(SELECT id FROM due)) AND thread.id = send.thread_id AND line.id = thread.line_id
  RETURNING ${SEALED_COLUMNS}, send.status, send.provider_sid AS "providerSid", send.listings,
    send.send_deadline AS "sendDeadline"`;

/**
 * Claims accepted sends without a final report; their deadline stands for the time of the claim, since seconds do not matter
 * here. Reads all sends of that age, because an index of the unreported ones would have to change with each report.
 */
const CLAIM_UNREPORTED = `
  WITH unreported AS MATERIALIZED (
    SELECT id FROM send
    WHERE send_deadline BETWEEN statement_timestamp() - $3 * interval '1 millisecond'
        AND statement_timestamp() - $2 * interval '1 millisecond'
      AND status = 'ACCEPTED' AND provider_sid IS NOT NULL AND follow_up_at IS NULL
      AND coalesce(provider_status, '') <> ALL ($4::text[])
      AND (asked_at IS NULL OR (asked_at - send_deadline) * 2 <= clock_timestamp() - send_deadline)
    ORDER BY asked_at NULLS FIRST, send_deadline LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
  )
  UPDATE send SET asked_at = clock_timestamp() WHERE id = ANY (ARRAY(SELECT id FROM unreported))
  RETURNING send.id, send.provider_sid AS "providerSid"`;

const RIVALS = `
  SELECT id, sealed_text AS "sealedText" FROM send
  WHERE thread_id = $1 AND id <> $2 AND provider_sid IS NULL
    AND (status = 'SENDING' OR (status = 'UNKNOWN' AND verdict IS DISTINCT FROM 'absent'))`;

const BOUND = `SELECT provider_sid AS "providerSid" FROM send WHERE provider_sid = ANY($1)`;

const HAS_EARLIER = `
  SELECT EXISTS (
    SELECT FROM send WHERE thread_id = $1 AND provider_sid IS NOT NULL
      AND position < (SELECT position FROM send WHERE id = $2)) AS "hasEarlier"`;

/** Skips locked rows: the sweep must not wait for a frozen process. */
const OVERDUE = `
  SELECT id, attempt AS claims FROM send
  WHERE status = 'SENDING' AND send_deadline < statement_timestamp() - $1 * interval '1 millisecond'
  ORDER BY send_deadline LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED`;

const SWEEP_DUE_AT = `
  SELECT least(
    (SELECT min(send_deadline) FROM send WHERE status = 'SENDING') + $1::float8 * interval '1 millisecond',
    (SELECT min(created_at) FROM early_message) + $2::float8 * interval '1 millisecond')`;

interface FollowedRow extends SealedSendRow {
  status: 'UNKNOWN' | 'ACCEPTED';
  readonly providerSid: string | null;
  readonly listings: number;
  readonly sendDeadline: Date;
}

@Injectable()
export class PostgresFollowUpStore extends FollowUpStore {
  constructor(
    private readonly encryption: SendEncryption,
    private readonly database: Database,
    @Inject(RECOVERY_TIMES) private readonly times: RecoveryTimes,
  ) {
    super();
  }

  dueAt(): DueQuery {
    return { sql: DUE_AT, values: [] };
  }

  async claim(limit: number, leaseMs: number): Promise<DueFollowUp[]> {
    const claimed = await this.database.rows<FollowedRow>(CLAIM, [limit, leaseMs]);
    return claimed.map((row) => ({
      ...this.encryption.decrypt(row),
      status: row.status,
      providerSid: row.providerSid ?? undefined,
      claimedAtMs: row.sendDeadline.getTime() - this.times.sendDeadlineMs,
      listings: row.listings,
    }));
  }

  /** Reads rivals before bound ids, so that a send accepted between the two statements is found by one of them. */
  async otherSendsOf({ id, threadId }: SendKey, providerSids: readonly string[]): Promise<OtherSends> {
    const rivals = await this.database.rows<{ id: SendId; sealedText: string }>(RIVALS, [threadId, id]);
    const bound = await this.database.rows<{ providerSid: string }>(BOUND, [providerSids]);
    const [earlier] = await this.database.rows<{ hasEarlier: boolean }>(HAS_EARLIER, [threadId, id]);
    return {
      rivalTexts: rivals.map((rival) => this.encryption.decryptText(rival.id, rival.sealedText)),
      boundSids: new Set(bound.map(({ providerSid }) => providerSid)),
      hasEarlier: earlier!.hasEarlier,
    };
  }

  async claimUnreported(limit: number, minAgeMs: number, maxAgeMs: number): Promise<AcceptedSend[]> {
    return this.database.rows<AcceptedSend>(CLAIM_UNREPORTED, [limit, minAgeMs, maxAgeMs, FINAL_STATUSES]);
  }

  async overdue(graceMs: number, limit: number): Promise<OverdueSend[]> {
    return this.database.rows<OverdueSend>(OVERDUE, [graceMs, limit]);
  }

  sweepDueAt(graceMs: number, waitedMs: number): DueQuery {
    return { sql: SWEEP_DUE_AT, values: [graceMs, waitedMs] };
  }
}
