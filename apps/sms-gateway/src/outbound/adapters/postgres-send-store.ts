import { Inject, Injectable } from '@nestjs/common';
import type { MessageId, SendId, ThreadId } from '@parley/kernel';
import { Database, type DueQuery, rows, type Transaction } from '@parley/persistence';
import { parseDeliveryStatus } from '@parley/sms-policy';
import { RECOVERY_TIMES, type RecoveryTimes } from '../../recovery-times.js';
import type { ClaimedSend, LockedSend, NewSends, SendStatus, Verdict } from '../send.js';
import {
  type Rejection,
  type SendAttempt,
  type ReportedSend,
  type SendReference,
  SendStore,
} from '../send-store.js';
import { COUNT_REPLY } from './thread-pace.js';
import { keepEarlyMessage, letEarlyMessagesIn } from './early-messages.js';
import { SEALED_COLUMNS, type SealedSendRow, SendSealing } from './send-sealing.js';

/**
 * The thread's row lock makes a thread's positions follow the order of commits; under it the row also tells, as it is
 * now and not as when the statement began, which message was last. What becomes of a part sets the time of the next
 * one: never "infinity" for longer than the part before it takes.
 */
const QUEUE = `
  WITH locked AS MATERIALIZED (
    SELECT id, has_early, ($8::text IS NULL OR last_message_id IS NOT DISTINCT FROM $8) AS is_in_order
    FROM thread WHERE id = $3 FOR NO KEY UPDATE
  ), placed AS (
    UPDATE thread SET last_message_id = $2, ${COUNT_REPLY} FROM locked
    WHERE thread.id = locked.id AND is_in_order AND $2::text IS NOT NULL
  ), added AS (
    INSERT INTO send (id, command_id, part, parts, message_id, thread_id, sealed_text, valid_until, not_before,
      is_opt_out_confirmation)
    SELECT text.id, $1, place, cardinality($4::text[]), $2, locked.id, sealed_text, $6,
      CASE place WHEN 1 THEN clock_timestamp() ELSE 'infinity' END, $7
    FROM locked, unnest($4::text[], $5::text[]) WITH ORDINALITY AS text (id, sealed_text, place)
    WHERE is_in_order
    ORDER BY place
    ON CONFLICT (command_id, part) WHERE retry_of IS NULL DO NOTHING
  )
  SELECT is_in_order AS "isInOrder", has_early AS "hasEarly" FROM locked`;

const GAPS = `
  SELECT DISTINCT thread_id AS id FROM early_message
  WHERE created_at < statement_timestamp() - $1 * interval '1 millisecond' LIMIT $2`;

const LOCK_THREAD = 'SELECT FROM thread WHERE id = $1 FOR NO KEY UPDATE';

/** Nothing of its thread is unfinished before it. */
const IS_HEAD = `NOT EXISTS (
      SELECT FROM send AS earlier
      WHERE earlier.thread_id = due.thread_id AND earlier.position < due.position
        AND earlier.status IN ('PENDING', 'SENDING'))`;

/** A part that waits for another has no time of its own. */
const DUE_AT = `
  SELECT not_before FROM send AS due
  WHERE status = 'PENDING' AND not_before < 'infinity' AND ${IS_HEAD}
  ORDER BY not_before LIMIT 1`;

const SWEEP_DUE_AT = `
  SELECT least(
    (SELECT min(send_deadline) FROM send WHERE status = 'SENDING') + $1::float8 * interval '1 millisecond',
    (SELECT min(created_at) FROM early_message) + $2::float8 * interval '1 millisecond')`;

/**
 * A head is due and has nothing unfinished before it. A head that another replica is claiming is locked, and what
 * stands behind it is not a head: so nobody overtakes. Whoever waits here for an opt-out sees it. By arrays of ids: joins
 * would be planned for as many rows as the limit allows, and read whole tables. By the time of the statement: no index
 * can be searched for a clock that moves.
 */
const CLAIM_DUE = `
  WITH head AS MATERIALIZED (
    SELECT id, thread_id FROM send AS due
    WHERE status = 'PENDING' AND not_before <= statement_timestamp() AND ${IS_HEAD}
    ORDER BY not_before LIMIT $1 FOR UPDATE SKIP LOCKED
  ), person AS MATERIALIZED (
    SELECT number_index, opted_out_at FROM recipient
    WHERE number_index = ANY (ARRAY(
      SELECT recipient_index FROM thread WHERE id = ANY (ARRAY(SELECT thread_id FROM head))))
    ORDER BY number_index FOR NO KEY UPDATE
  )
  UPDATE send SET status = 'SENDING', attempt = attempt + 1,
    send_deadline = clock_timestamp() + $2 * interval '1 millisecond'
  FROM thread, line, person
  WHERE send.id = ANY (ARRAY(SELECT id FROM head)) AND thread.id = send.thread_id AND line.id = thread.line_id
    AND person.number_index = thread.recipient_index
  RETURNING send.attempt, ${SEALED_COLUMNS},
    person.opted_out_at IS NOT NULL OR thread.carrier_blocked_at IS NOT NULL AS "isOptedOut",
    EXISTS (SELECT FROM send AS next WHERE next.thread_id = send.thread_id AND next.position > send.position
      AND next.status = 'PENDING') AS "hasSuccessor"`;

/**
 * A delivery report may have been first: then its status stands, being no lower than that of the answer. What was
 * concluded without an answer that came too late stands as well. The next part goes when the carrier has this one, or
 * after a while: some carriers report nothing.
 */
const ACCEPT = `
  WITH accepted AS (
    UPDATE send SET status = CASE WHEN verdict IS NULL THEN 'ACCEPTED' ELSE status END,
      reason = CASE WHEN verdict IS NOT NULL THEN reason END, provider_sid = coalesce(provider_sid, $3),
      provider_status = coalesce(provider_status, $4),
      follow_up_at = CASE status WHEN 'ACCEPTED' THEN follow_up_at END
    WHERE id = $1 AND attempt = $2 AND status IN ('SENDING', 'UNKNOWN', 'ACCEPTED')
    RETURNING command_id, part
  )
  UPDATE send SET not_before = least(not_before, clock_timestamp() + $5 * interval '1 millisecond')
  FROM accepted
  WHERE send.command_id = accepted.command_id AND send.part = accepted.part + 1 AND status = 'PENDING'`;

const POSTPONE = `
  UPDATE send SET status = 'PENDING', send_deadline = NULL,
    not_before = clock_timestamp() + $3 * interval '1 millisecond'
  WHERE id = $1 AND attempt = $2 AND status = 'SENDING'`;

const REJECT = `
  UPDATE send SET status = 'REJECTED', error_code = $2, reason = $3, follow_up_at = NULL WHERE id = $1`;

const MARK_UNKNOWN = `
  UPDATE send SET status = 'UNKNOWN', reason = $2,
    follow_up_at = clock_timestamp() + $3 * interval '1 millisecond'
  WHERE id = $1`;

/** Passes over what a process holds just now, be it frozen: others are not to wait for it. */
const OVERDUE = `
  SELECT id, attempt FROM send
  WHERE status = 'SENDING' AND send_deadline < statement_timestamp() - $1 * interval '1 millisecond'
  ORDER BY send_deadline LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED`;

const LOCK_MESSAGES = `
  SELECT id, command_id AS "causedBy", message_id AS "messageId", thread_id AS "threadId", part, status, attempt,
    provider_sid AS "providerSid", provider_status AS "providerStatus", error_code AS "errorCode",
    retry_of AS "retryOf", valid_until AS "validUntil", listings, verdict,
    status = 'ACCEPTED' AND follow_up_at IS NOT NULL AS "isToBeRetried"
  FROM send
  WHERE command_id IN (SELECT command_id FROM send WHERE id = ANY($1) OR provider_sid = ANY($2))
  ORDER BY command_id, part, position FOR NO KEY UPDATE`;

const SAVE_REPORTS = `
  UPDATE send SET status = 'ACCEPTED', reason = NULL, provider_sid = report.provider_sid,
    provider_status = nullif(report.provider_status, ''), error_code = nullif(report.error_code, ''),
    follow_up_at = clock_timestamp() + report.retry_in_ms * interval '1 millisecond'
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::integer[])
    AS report (id, provider_sid, provider_status, error_code, retry_in_ms)
  WHERE send.id = report.id`;

const RELEASE_NEXT = `
  UPDATE send SET not_before = least(send.not_before, clock_timestamp() + $2 * interval '1 millisecond')
  FROM send AS former
  WHERE former.id = $1 AND send.command_id = former.command_id AND send.part = former.part + 1
    AND send.status = 'PENDING'`;

const CANCEL_LATER = `
  UPDATE send SET status = 'REJECTED', reason = $2 FROM send AS former
  WHERE former.id = $1 AND send.command_id = former.command_id AND send.part > former.part
    AND send.status = 'PENDING'`;

interface ClaimedRow extends SealedSendRow {
  attempt: number;
  isOptedOut: boolean;
  hasSuccessor: boolean;
}

interface LockedRow {
  id: SendId;
  messageId: MessageId | null;
  threadId: ThreadId;
  causedBy: string;
  part: number;
  status: SendStatus;
  attempt: number;
  providerSid: string | null;
  providerStatus: string | null;
  errorCode: string | null;
  retryOf: SendId | null;
  validUntil: Date;
  listings: number;
  verdict: Verdict | null;
  isToBeRetried: boolean;
}

@Injectable()
export class PostgresSendStore extends SendStore {
  constructor(
    private readonly sealing: SendSealing,
    private readonly database: Database,
    @Inject(RECOVERY_TIMES) private readonly times: RecoveryTimes,
  ) {
    super();
  }

  async queue(tx: Transaction, sends: NewSends): Promise<boolean> {
    const { causedBy: commandId, messageId, follows, threadId, parts, validUntil } = sends;
    const sendIds = parts.map(({ id }) => id);
    const sealedTexts = parts.map(({ id, text }) => this.sealing.sealText(id, text));
    const [queued] = await rows<{ isInOrder: boolean; hasEarly: boolean }>(tx, QUEUE, [
      commandId,
      messageId ?? null,
      threadId,
      sendIds,
      sealedTexts,
      validUntil,
      sends.isOptOutConfirmation,
      follows ?? null,
    ]);
    if (!queued || !messageId) return queued !== undefined;
    if (follows && !queued.isInOrder) {
      await keepEarlyMessage(tx, {
        messageId,
        follows,
        threadId,
        commandId,
        sendIds,
        sealedTexts,
        validUntil,
      });
    } else if (queued.hasEarly) await letEarlyMessagesIn(tx, threadId, messageId);
    return true;
  }

  async threadsWithGap(waitedMs: number, limit: number): Promise<ThreadId[]> {
    const threads = await this.database.rows<{ id: ThreadId }>(GAPS, [waitedMs, limit]);
    return threads.map(({ id }) => id);
  }

  async closeGap(tx: Transaction, threadId: ThreadId): Promise<void> {
    await rows(tx, LOCK_THREAD, [threadId]);
    await letEarlyMessagesIn(tx, threadId);
  }

  dueAt(): DueQuery {
    return { sql: DUE_AT, values: [] };
  }

  async claimDue(limit: number, deadlineMs: number): Promise<ClaimedSend[]> {
    const claimed = await this.database.rows<ClaimedRow>(CLAIM_DUE, [limit, deadlineMs]);
    return claimed.map((row) => ({
      ...this.sealing.open(row),
      attempt: row.attempt,
      consent: row.isOptedOut ? 'opted-out' : 'given',
      hasSuccessor: row.hasSuccessor,
    }));
  }

  async accept(send: ClaimedSend, providerSid: string, providerStatus: string | undefined): Promise<void> {
    await this.database.rows(ACCEPT, [
      send.id,
      send.attempt,
      providerSid,
      providerStatus ?? null,
      this.times.partWaitMs,
    ]);
  }

  async postpone(send: ClaimedSend, delayMs: number): Promise<void> {
    await this.database.rows(POSTPONE, [send.id, send.attempt, delayMs]);
  }

  async lockMessage(tx: Transaction, id: SendId): Promise<LockedSend[]> {
    return this.#lock(tx, [id], []);
  }

  async lockReported(tx: Transaction, reports: readonly SendReference[]): Promise<LockedSend[]> {
    return this.#lock(
      tx,
      reports.flatMap(({ sendId }) => sendId ?? []),
      reports.map(({ providerSid }) => providerSid),
    );
  }

  async #lock(tx: Transaction, ids: readonly SendId[], sids: readonly string[]): Promise<LockedSend[]> {
    const locked = await rows<LockedRow>(tx, LOCK_MESSAGES, [ids, sids]);
    return locked.map(({ messageId, providerSid, providerStatus, errorCode, ...row }) => {
      const { retryOf, verdict, validUntil, ...send } = row;
      return {
        ...send,
        retryOf: retryOf ?? undefined,
        verdict: verdict ?? undefined,
        validUntilMs: validUntil.getTime(),
        messageId: messageId ?? undefined,
        providerSid: providerSid ?? undefined,
        delivery: {
          status: providerStatus === null ? undefined : parseDeliveryStatus(providerStatus),
          errorCode: errorCode ?? undefined,
        },
      };
    });
  }

  async reject(tx: Transaction, id: SendId, { errorCode, reason }: Rejection): Promise<void> {
    await rows(tx, REJECT, [id, errorCode ?? null, reason ?? null]);
  }

  async markUnknown(tx: Transaction, id: SendId, reason: string): Promise<void> {
    await rows(tx, MARK_UNKNOWN, [id, reason, this.times.sendListMs]);
  }

  sweepDueAt(graceMs: number, waitedMs: number): DueQuery {
    return { sql: SWEEP_DUE_AT, values: [graceMs, waitedMs] };
  }

  async overdue(graceMs: number, limit: number): Promise<SendAttempt[]> {
    return this.database.rows<SendAttempt>(OVERDUE, [graceMs, limit]);
  }

  async saveReports(tx: Transaction, reported: readonly ReportedSend[]): Promise<void> {
    if (reported.length === 0) return;
    await rows(tx, SAVE_REPORTS, [
      reported.map(({ id }) => id),
      reported.map(({ providerSid }) => providerSid),
      reported.map(({ delivery }) => delivery.status ?? ''),
      reported.map(({ delivery }) => delivery.errorCode ?? ''),
      reported.map(({ retryInMs }) => retryInMs ?? null),
    ]);
  }

  async withdraw(tx: Transaction, id: SendId): Promise<void> {
    await rows(tx, `DELETE FROM send WHERE id = $1 AND status = 'PENDING'`, [id]);
  }

  async releaseNext(tx: Transaction, id: SendId, isHandedOver: boolean): Promise<void> {
    await rows(tx, RELEASE_NEXT, [id, isHandedOver ? 0 : this.times.partWaitMs]);
  }

  async cancelLater(tx: Transaction, id: SendId, reason: string): Promise<void> {
    await rows(tx, CANCEL_LATER, [id, reason]);
  }
}
