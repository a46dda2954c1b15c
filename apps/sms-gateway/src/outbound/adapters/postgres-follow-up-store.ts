import { Inject, Injectable } from '@nestjs/common';
import type { SendId } from '@parley/kernel';
import { Database, type DueQuery, rows, type Transaction } from '@parley/persistence';
import { FINAL_STATUSES } from '@parley/sms-policy';
import { RECOVERY_TIMES, type RecoveryTimes } from '../../recovery-times.js';
import { type AcceptedSend, FollowUpStore, type SendSurroundings } from '../follow-up-store.js';
import type { FollowedUpSend, SendKey, Verdict } from '../send.js';
import { SEALED_COLUMNS, type SealedSendRow, SendSealing } from './send-sealing.js';

const DUE_AT = 'SELECT min(follow_up_at) FROM send WHERE follow_up_at IS NOT NULL';

/**
 * By an array of ids: a join would be planned for as many rows as the limit allows, and read whole tables. By the time
 * of the statement: no index can be searched for a clock that moves.
 */
const CLAIM = `
  WITH due AS MATERIALIZED (
    SELECT id FROM send WHERE follow_up_at <= statement_timestamp()
    ORDER BY follow_up_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
  )
  UPDATE send SET follow_up_at = clock_timestamp() + $2 * interval '1 millisecond'
  FROM thread, line
  WHERE send.id = ANY (ARRAY(SELECT id FROM due)) AND thread.id = send.thread_id AND line.id = thread.line_id
  RETURNING ${SEALED_COLUMNS}, send.status, send.provider_sid AS "providerSid", send.listings, send.absences,
    send.send_deadline AS "sendDeadline"`;

/**
 * Its deadline stands for when it was claimed: some seconds more or less do not matter here. All sends of that time are
 * looked at, found by their age; an index of those that are quiet would be written with each report.
 */
const CLAIM_QUIET = `
  WITH quiet AS MATERIALIZED (
    SELECT id FROM send
    WHERE send_deadline BETWEEN statement_timestamp() - $3 * interval '1 millisecond'
        AND statement_timestamp() - $2 * interval '1 millisecond'
      AND status = 'ACCEPTED' AND provider_sid IS NOT NULL AND follow_up_at IS NULL
      AND coalesce(provider_status, '') <> ALL ($4::text[])
      AND (asked_at IS NULL OR (asked_at - send_deadline) * 2 <= clock_timestamp() - send_deadline)
    ORDER BY asked_at NULLS FIRST, send_deadline LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
  )
  UPDATE send SET asked_at = clock_timestamp() WHERE id = ANY (ARRAY(SELECT id FROM quiet))
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

const NOTE_LISTING = `
  UPDATE send SET listings = listings + 1, absences = absences + $2,
    follow_up_at = clock_timestamp() + $3 * interval '1 millisecond'
  WHERE id = $1`;

const CONCLUDE = `
  UPDATE send SET listings = listings + 1, verdict = $2, reason = $3, follow_up_at = NULL WHERE id = $1`;

const END = `UPDATE send SET follow_up_at = NULL WHERE id = $1`;

/** At the end of its thread, under its lock as `queue` does it. */
const QUEUE_RETRY = `
  WITH locked AS MATERIALIZED (SELECT id FROM thread WHERE id = $4 FOR NO KEY UPDATE)
  INSERT INTO send (id, command_id, part, parts, message_id, thread_id, sealed_text, valid_until, not_before,
    is_opt_out_confirmation, retry_of)
  SELECT $2, command_id, part, parts, message_id, thread_id, $3, valid_until, clock_timestamp(),
    is_opt_out_confirmation, former.id
  FROM send AS former, locked WHERE former.id = $1 AND former.thread_id = locked.id
  ON CONFLICT (retry_of) DO NOTHING`;

interface FollowedRow extends SealedSendRow {
  status: 'UNKNOWN' | 'ACCEPTED';
  providerSid: string | null;
  listings: number;
  absences: number;
  sendDeadline: Date;
}

@Injectable()
export class PostgresFollowUpStore extends FollowUpStore {
  constructor(
    private readonly sealing: SendSealing,
    private readonly database: Database,
    @Inject(RECOVERY_TIMES) private readonly times: RecoveryTimes,
  ) {
    super();
  }

  dueAt(): DueQuery {
    return { sql: DUE_AT, values: [] };
  }

  async claim(limit: number, leaseMs: number): Promise<FollowedUpSend[]> {
    const claimed = await this.database.rows<FollowedRow>(CLAIM, [limit, leaseMs]);
    return claimed.map((row) => ({
      ...this.sealing.open(row),
      status: row.status,
      providerSid: row.providerSid ?? undefined,
      claimedAtMs: row.sendDeadline.getTime() - this.times.sendDeadlineMs,
      listings: row.listings,
      absences: row.absences,
    }));
  }

  /** In this order: a send that is accepted meanwhile is a rival still, or bound already. */
  async around({ id, threadId }: SendKey, providerSids: readonly string[]): Promise<SendSurroundings> {
    const rivals = await this.database.rows<{ id: SendId; sealedText: string }>(RIVALS, [threadId, id]);
    const bound = await this.database.rows<{ providerSid: string }>(BOUND, [providerSids]);
    const [earlier] = await this.database.rows<{ hasEarlier: boolean }>(HAS_EARLIER, [threadId, id]);
    return {
      rivalTexts: rivals.map((rival) => this.sealing.openText(rival.id, rival.sealedText)),
      boundSids: new Set(bound.map(({ providerSid }) => providerSid)),
      hasEarlier: earlier!.hasEarlier,
    };
  }

  async noteListing(tx: Transaction, id: SendId, isAbsent: boolean): Promise<void> {
    const { sendListMs, sendListAgainMs } = this.times;
    await rows(tx, NOTE_LISTING, [id, isAbsent ? 1 : 0, sendListAgainMs - sendListMs]);
  }

  async conclude(tx: Transaction, id: SendId, verdict: Verdict, reason: string): Promise<void> {
    await rows(tx, CONCLUDE, [id, verdict, reason]);
  }

  async claimQuiet(limit: number, quietMs: number, giveUpMs: number): Promise<AcceptedSend[]> {
    return this.database.rows<AcceptedSend>(CLAIM_QUIET, [limit, quietMs, giveUpMs, FINAL_STATUSES]);
  }

  async end(tx: Transaction, id: SendId): Promise<void> {
    await rows(tx, END, [id]);
  }

  async queueRetry(tx: Transaction, { id, threadId, text }: FollowedUpSend, retryId: SendId): Promise<void> {
    const sealedText = this.sealing.sealText(retryId, text);
    await rows(tx, QUEUE_RETRY, [id, retryId, sealedText, threadId]);
  }
}
