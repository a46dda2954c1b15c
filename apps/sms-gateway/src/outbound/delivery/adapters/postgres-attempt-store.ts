import { Inject, Injectable } from '@nestjs/common';
import type { MessageId, SendId, ThreadId, VerificationId } from '@parley/kernel';
import { Database, rows, type Transaction } from '@parley/persistence';
import {
  type ChangedAttempt,
  parseDeliveryStatus,
  type SendStatus,
  type SendVerdict,
} from '@parley/sms-policy';
import { RECOVERY_TIMES, type RecoveryTimes } from '../../../recovery-times.js';
import { SendEncryption } from '../../adapters/send-encryption.js';
import type { ClaimedSend, DueFollowUp, LockedAttempt } from '../../send.js';
import { type AttemptReference, AttemptStore } from '../attempt-store.js';

/**
 * Repeats in SQL what `stepDelivery` decides when the vendor accepts a claimed attempt. The next part is due after $5, because
 * some carriers send no report that would release it earlier.
 */
const ACCEPT = `
  WITH accepted AS (
    UPDATE send SET status = 'ACCEPTED', provider_sid = $3, provider_status = $4
    WHERE id = $1 AND attempt = $2 AND status = 'SENDING'
    RETURNING command_id, part
  ), released AS (
    UPDATE send SET not_before = least(not_before, clock_timestamp() + $5 * interval '1 millisecond')
    FROM accepted
    WHERE send.command_id = accepted.command_id AND send.part = accepted.part + 1 AND status = 'PENDING'
  )
  SELECT FROM accepted`;

const LOCK = `
  SELECT id, command_id AS "causedBy", message_id AS "messageId", thread_id AS "threadId", part, status,
    attempt AS claims, provider_sid AS "providerSid", provider_status AS "providerStatus",
    error_code AS "errorCode", reason, retry_of AS "retryOf", valid_until AS "validUntil", listings, absences,
    verdict, follow_up_at IS NOT NULL AS "isFollowUpPlanned", is_opt_out_confirmation AS "isOptOutConfirmation",
    verification_id AS "verificationId", code_no AS "codeNo"
  FROM send
  WHERE command_id IN (SELECT command_id FROM send WHERE id = ANY($1) OR provider_sid = ANY($2))
  ORDER BY command_id, part, position FOR NO KEY UPDATE`;

/** A part that waits for another part is due at the earliest of its times; a postponed attempt gets a new time. */
const SAVE = `
  UPDATE send SET status = change.status, reason = change.reason, provider_sid = change.provider_sid,
    provider_status = change.provider_status, error_code = change.error_code, verdict = change.verdict,
    listings = change.listings, absences = change.absences,
    follow_up_at = CASE WHEN change.is_planned
      THEN coalesce(clock_timestamp() + change.follow_up_in_ms * interval '1 millisecond', send.follow_up_at) END,
    not_before = CASE WHEN send.status = 'SENDING' AND change.status = 'PENDING'
      THEN clock_timestamp() + change.due_in_ms * interval '1 millisecond'
      ELSE least(send.not_before, clock_timestamp() + change.due_in_ms * interval '1 millisecond') END,
    send_deadline = CASE WHEN change.status <> 'PENDING' THEN send.send_deadline END
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::smallint[],
      $9::smallint[], $10::boolean[], $11::float8[], $12::float8[])
    AS change (id, status, reason, provider_sid, provider_status, error_code, verdict, listings, absences,
      is_planned, follow_up_in_ms, due_in_ms)
  WHERE send.id = change.id`;

const WITHDRAW = `DELETE FROM send WHERE id = $1 AND status = 'PENDING'`;

/** Adds the repetition to the end of the thread, under the thread lock that `SendQueue.queue` takes too. */
const REPEAT = `
  WITH locked AS MATERIALIZED (SELECT id FROM thread WHERE id = $4 FOR NO KEY UPDATE)
  INSERT INTO send (id, command_id, part, parts, message_id, thread_id, sealed_text, valid_until, not_before,
    is_opt_out_confirmation, retry_of)
  SELECT $2, command_id, part, parts, message_id, thread_id, $3, valid_until, clock_timestamp(),
    is_opt_out_confirmation, former.id
  FROM send AS former, locked WHERE former.id = $1 AND former.thread_id = locked.id
  ON CONFLICT (retry_of) DO NOTHING`;

interface AttemptRow {
  id: SendId;
  readonly messageId: MessageId | null;
  readonly threadId: ThreadId;
  readonly causedBy: string;
  part: number;
  status: SendStatus;
  readonly claims: number;
  readonly providerSid: string | null;
  readonly providerStatus: string | null;
  readonly errorCode: string | null;
  readonly reason: string | null;
  readonly retryOf: SendId | null;
  readonly validUntil: Date;
  readonly listings: number;
  readonly absences: number;
  readonly verdict: SendVerdict | null;
  readonly isFollowUpPlanned: boolean;
  readonly isOptOutConfirmation: boolean;
  readonly verificationId: VerificationId | null;
  readonly codeNo: number | null;
}

@Injectable()
export class PostgresAttemptStore extends AttemptStore {
  constructor(
    private readonly encryption: SendEncryption,
    private readonly database: Database,
    @Inject(RECOVERY_TIMES) private readonly times: RecoveryTimes,
  ) {
    super();
  }

  async accept(
    { id, claims }: ClaimedSend,
    providerSid: string,
    providerStatus: string | undefined,
  ): Promise<boolean> {
    const values = [id, claims, providerSid, providerStatus ?? null, this.times.partWaitMs];
    return (await this.database.rows(ACCEPT, values)).length > 0;
  }

  async lock(tx: Transaction, references: readonly AttemptReference[]): Promise<LockedAttempt[]> {
    const ids = references.flatMap(({ id }) => id ?? []);
    const sids = references.flatMap(({ providerSid }) => providerSid ?? []);
    return (await rows<AttemptRow>(tx, LOCK, [ids, sids])).map(attemptOf);
  }

  async save(tx: Transaction, changed: readonly ChangedAttempt[]): Promise<void> {
    if (changed.length === 0) return;
    const attempts = changed.map(({ attempt }) => attempt);
    await rows(tx, SAVE, [
      attempts.map(({ id }) => id),
      attempts.map(({ status }) => status),
      attempts.map(({ reason }) => reason ?? null),
      attempts.map(({ providerSid }) => providerSid ?? null),
      attempts.map(({ delivery }) => delivery.status ?? null),
      attempts.map(({ delivery }) => delivery.errorCode ?? null),
      attempts.map(({ verdict }) => verdict ?? null),
      attempts.map(({ listings }) => listings),
      attempts.map(({ absences }) => absences),
      attempts.map(({ isFollowUpPlanned }) => isFollowUpPlanned),
      changed.map(({ followUpInMs }) => followUpInMs ?? null),
      changed.map(({ dueInMs }) => dueInMs ?? null),
    ]);
  }

  async withdraw(tx: Transaction, id: SendId): Promise<void> {
    await rows(tx, WITHDRAW, [id]);
  }

  async repeat(tx: Transaction, { id, threadId, text }: DueFollowUp, retryId: SendId): Promise<void> {
    await rows(tx, REPEAT, [id, retryId, this.encryption.encryptText(retryId, text), threadId]);
  }
}

function attemptOf(found: AttemptRow): LockedAttempt {
  const { providerStatus, errorCode, validUntil, verificationId, codeNo, ...row } = found;
  return {
    ...row,
    code: verificationId === null ? undefined : { verificationId, codeNo: codeNo! },
    isSentOnce: verificationId !== null,
    messageId: row.messageId ?? undefined,
    providerSid: row.providerSid ?? undefined,
    reason: row.reason ?? undefined,
    retryOf: row.retryOf ?? undefined,
    verdict: row.verdict ?? undefined,
    validUntilMs: validUntil.getTime(),
    delivery: {
      status: providerStatus === null ? undefined : parseDeliveryStatus(providerStatus),
      errorCode: errorCode ?? undefined,
    },
  };
}
