import { Inject, Injectable } from '@nestjs/common';
import { DataKeys } from '@parley/encryption';
import type { LineId, MessageId, SendId, ThreadId } from '@parley/kernel';
import {
  Database,
  PhoneColumn,
  RECOVERY_TIMES,
  type RecoveryTimes,
  rows,
  type Transaction,
} from '@parley/persistence';
import { parseDeliveryStatus } from '@parley/sms-policy';
import { LINE_NUMBER } from '../../lines/adapters/postgres-line-store.js';
import { THREAD_NUMBER } from '../../threads/adapters/postgres-thread-store.js';
import type {
  ClaimedSend,
  FollowedUpSend,
  LockedSend,
  NewSends,
  SendKey,
  SendStatus,
  Verdict,
} from '../send.js';
import {
  type OverdueSend,
  type Rejection,
  type ReportedSend,
  type SendReference,
  SendStore,
  type SendSurroundings,
} from '../send-store.js';
import { keepEarlyMessage, letEarlyMessagesIn } from './early-messages.js';

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
    UPDATE thread SET last_message_id = $2 FROM locked
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
  WHERE created_at < clock_timestamp() - $1 * interval '1 millisecond' LIMIT $2`;

const LOCK_THREAD = 'SELECT FROM thread WHERE id = $1 FOR NO KEY UPDATE';

/**
 * A head is due and has nothing unfinished before it. A head that another replica is claiming is locked, and what
 * stands behind it is not a head: so nobody overtakes. Whoever waits here for an opt-out sees it.
 */
const CLAIM_DUE = `
  WITH head AS MATERIALIZED (
    SELECT id, thread_id FROM send AS due
    WHERE status = 'PENDING' AND not_before <= clock_timestamp() AND NOT EXISTS (
      SELECT FROM send AS earlier
      WHERE earlier.thread_id = due.thread_id AND earlier.position < due.position
        AND earlier.status IN ('PENDING', 'SENDING'))
    ORDER BY not_before LIMIT $1 FOR UPDATE SKIP LOCKED
  ), person AS MATERIALIZED (
    SELECT number_index, opted_out_at FROM recipient
    WHERE number_index IN (SELECT recipient_index FROM thread WHERE id IN (SELECT thread_id FROM head))
    ORDER BY number_index FOR NO KEY UPDATE
  )
  UPDATE send SET status = 'SENDING', attempt = attempt + 1,
    send_deadline = clock_timestamp() + $2 * interval '1 millisecond'
  FROM head, thread, line, person
  WHERE send.id = head.id AND thread.id = send.thread_id AND line.id = thread.line_id
    AND person.number_index = thread.recipient_index
  RETURNING send.id, send.message_id AS "messageId", send.thread_id AS "threadId", send.attempt,
    send.sealed_text AS "sealedText", send.valid_until AS "validUntil", thread.sealed_number AS "sealedTo",
    line.id AS "lineId", line.sealed_number AS "sealedFrom", person.opted_out_at IS NOT NULL AS "isOptedOut",
    send.is_opt_out_confirmation AS "isOptOutConfirmation",
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
  WHERE status = 'SENDING' AND send_deadline < clock_timestamp() - $1 * interval '1 millisecond'
  ORDER BY send_deadline LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED`;

const CLAIM_FOLLOW_UPS = `
  WITH due AS MATERIALIZED (
    SELECT id FROM send WHERE follow_up_at <= clock_timestamp()
    ORDER BY follow_up_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED
  )
  UPDATE send SET follow_up_at = clock_timestamp() + $2 * interval '1 millisecond'
  FROM due, thread, line
  WHERE send.id = due.id AND thread.id = send.thread_id AND line.id = thread.line_id
  RETURNING send.id, send.message_id AS "messageId", send.thread_id AS "threadId", send.status,
    send.sealed_text AS "sealedText", send.valid_until AS "validUntil", thread.sealed_number AS "sealedTo",
    line.id AS "lineId", line.sealed_number AS "sealedFrom", send.listings, send.absences,
    send.is_opt_out_confirmation AS "isOptOutConfirmation", send.send_deadline AS "sendDeadline"`;

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

const END_FOLLOW_UP = `UPDATE send SET follow_up_at = NULL WHERE id = $1`;

/** At the end of its thread, for the same reason as above under the thread's lock. */
const QUEUE_RETRY = `
  WITH locked AS MATERIALIZED (SELECT id FROM thread WHERE id = $4 FOR NO KEY UPDATE)
  INSERT INTO send (id, command_id, part, parts, message_id, thread_id, sealed_text, valid_until, not_before,
    is_opt_out_confirmation, retry_of)
  SELECT $2, command_id, part, parts, message_id, thread_id, $3, valid_until, clock_timestamp(),
    is_opt_out_confirmation, former.id
  FROM send AS former, locked WHERE former.id = $1 AND former.thread_id = locked.id
  ON CONFLICT (retry_of) DO NOTHING`;

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

interface KeyRow {
  id: SendId;
  messageId: MessageId | null;
  threadId: ThreadId;
}

interface ClaimedRow extends KeyRow {
  attempt: number;
  sealedText: string;
  validUntil: Date;
  sealedTo: string;
  lineId: LineId;
  sealedFrom: string;
  isOptedOut: boolean;
  isOptOutConfirmation: boolean;
  hasSuccessor: boolean;
}

interface LockedRow extends KeyRow {
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

interface FollowedRow extends KeyRow {
  status: 'UNKNOWN' | 'ACCEPTED';
  sealedText: string;
  validUntil: Date;
  sealedTo: string;
  lineId: LineId;
  sealedFrom: string;
  listings: number;
  absences: number;
  isOptOutConfirmation: boolean;
  sendDeadline: Date;
}

@Injectable()
export class PostgresSendStore extends SendStore {
  readonly #person: PhoneColumn;
  readonly #line: PhoneColumn;

  constructor(
    private readonly keys: DataKeys,
    private readonly database: Database,
    @Inject(RECOVERY_TIMES) private readonly times: RecoveryTimes,
  ) {
    super();
    this.#person = new PhoneColumn(keys, THREAD_NUMBER);
    this.#line = new PhoneColumn(keys, LINE_NUMBER);
  }

  async queue(tx: Transaction, sends: NewSends): Promise<boolean> {
    const { causedBy: commandId, messageId, follows, threadId, parts, validUntil } = sends;
    const sendIds = parts.map(({ id }) => id);
    const sealedTexts = parts.map(({ id, text }) => this.keys.encrypt(text, placeOfText(id)));
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

  async claimDue(limit: number, deadlineMs: number): Promise<ClaimedSend[]> {
    const claimed = await this.database.rows<ClaimedRow>(CLAIM_DUE, [limit, deadlineMs]);
    return claimed.map((row) => ({
      id: row.id,
      messageId: row.messageId ?? undefined,
      threadId: row.threadId,
      attempt: row.attempt,
      to: this.#person.open(row.sealedTo, row.threadId),
      from: this.#line.open(row.sealedFrom, row.lineId),
      text: this.keys.decrypt(row.sealedText, placeOfText(row.id)),
      validUntilMs: row.validUntil.getTime(),
      consent: row.isOptedOut ? 'opted-out' : 'given',
      isOptOutConfirmation: row.isOptOutConfirmation,
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

  async overdue(graceMs: number, limit: number): Promise<OverdueSend[]> {
    return this.database.rows<OverdueSend>(OVERDUE, [graceMs, limit]);
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

  async claimFollowUps(limit: number, leaseMs: number): Promise<FollowedUpSend[]> {
    const claimed = await this.database.rows<FollowedRow>(CLAIM_FOLLOW_UPS, [limit, leaseMs]);
    return claimed.map((row) => ({
      id: row.id,
      messageId: row.messageId ?? undefined,
      threadId: row.threadId,
      status: row.status,
      to: this.#person.open(row.sealedTo, row.threadId),
      from: this.#line.open(row.sealedFrom, row.lineId),
      text: this.keys.decrypt(row.sealedText, placeOfText(row.id)),
      validUntilMs: row.validUntil.getTime(),
      isOptOutConfirmation: row.isOptOutConfirmation,
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
      rivalTexts: rivals.map((rival) => this.keys.decrypt(rival.sealedText, placeOfText(rival.id))),
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

  async endFollowUp(tx: Transaction, id: SendId): Promise<void> {
    await rows(tx, END_FOLLOW_UP, [id]);
  }

  async queueRetry(tx: Transaction, { id, threadId, text }: FollowedUpSend, retryId: SendId): Promise<void> {
    const sealedText = this.keys.encrypt(text, placeOfText(retryId));
    await rows(tx, QUEUE_RETRY, [id, retryId, sealedText, threadId]);
  }

  async releaseNext(tx: Transaction, id: SendId, isHandedOver: boolean): Promise<void> {
    await rows(tx, RELEASE_NEXT, [id, isHandedOver ? 0 : this.times.partWaitMs]);
  }

  async cancelLater(tx: Transaction, id: SendId, reason: string): Promise<void> {
    await rows(tx, CANCEL_LATER, [id, reason]);
  }
}

function placeOfText(id: SendId): string {
  return `gateway.send.text:${id}`;
}
