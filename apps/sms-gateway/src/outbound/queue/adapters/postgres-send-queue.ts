import { Injectable } from '@nestjs/common';
import type { ThreadId } from '@parley/kernel';
import { Database, type DueQuery, rows, type Transaction } from '@parley/persistence';
import { SEALED_COLUMNS, type SealedSendRow, SendEncryption } from '../../adapters/send-encryption.js';
import type { ClaimedSend } from '../../send.js';
import { type MessageToQueue, SendQueue } from '../send-queue.js';
import { storeEarlyMessage, queueEarlyMessages } from './early-messages.js';
import { COUNT_REPLY } from './thread-pace.js';

/**
 * Adds a message's parts to the end of its thread. The thread's row lock gives positions the order of commits and makes
 * `last_message_id` current. A later part is due at "infinity" until the outcome of the part before it sets its time.
 */
const QUEUE = `
  WITH locked AS MATERIALIZED (
    SELECT id, has_early, ($8::text IS NULL OR last_message_id IS NOT DISTINCT FROM $8) AS is_in_order
    FROM thread WHERE id = $3 FOR NO KEY UPDATE
  ), counted AS (
    UPDATE thread SET last_message_id = $2, ${COUNT_REPLY} FROM locked
    WHERE thread.id = locked.id AND is_in_order AND $2::text IS NOT NULL
  ), added AS (
    INSERT INTO send (id, command_id, part, parts, message_id, thread_id, sealed_text, valid_until, not_before,
      is_opt_out_confirmation, verification_id, code_no)
    SELECT text.id, $1, part, cardinality($4::text[]), $2, locked.id, sealed_text, $6,
      CASE part WHEN 1 THEN clock_timestamp() ELSE 'infinity' END, $7, $9::text, $10::smallint
    FROM locked, unnest($4::text[], $5::text[]) WITH ORDINALITY AS text (id, sealed_text, part)
    WHERE is_in_order
    ORDER BY part
    ON CONFLICT (command_id, part) WHERE retry_of IS NULL DO NOTHING
  )
  SELECT is_in_order AS "isInOrder", has_early AS "hasEarly" FROM locked`;

const GAPS = `
  SELECT DISTINCT thread_id AS id FROM early_message
  WHERE created_at < statement_timestamp() - $1 * interval '1 millisecond' LIMIT $2`;

const LOCK_THREAD = 'SELECT FROM thread WHERE id = $1 FOR NO KEY UPDATE';

/** No earlier send of the thread is unfinished. */
const IS_HEAD = `NOT EXISTS (
      SELECT FROM send AS earlier
      WHERE earlier.thread_id = due.thread_id AND earlier.position < due.position
        AND earlier.status IN ('PENDING', 'SENDING'))`;

/** When the next head is due. Parts at "infinity" wait for another part and have no time yet. */
const DUE_AT = `
  SELECT not_before FROM send AS due
  WHERE status = 'PENDING' AND not_before < 'infinity' AND ${IS_HEAD}
  ORDER BY not_before LIMIT 1`;

/**
 * Claims heads: due sends with no unfinished send before them in their threads. While another replica's claim locks a head,
 * the sends behind it are not heads, so none overtakes. A claim that waits for an opt-out sees it. The follow-up store
 * explains the arrays of ids and statement_timestamp().
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
  RETURNING send.attempt AS claims, ${SEALED_COLUMNS},
    person.opted_out_at IS NOT NULL OR thread.carrier_blocked_at IS NOT NULL AS "isOptedOut",
    EXISTS (SELECT FROM send AS next WHERE next.thread_id = send.thread_id AND next.position > send.position
      AND next.status = 'PENDING') AS "hasSuccessor"`;

interface ClaimedRow extends SealedSendRow {
  readonly claims: number;
  readonly isOptedOut: boolean;
  readonly hasSuccessor: boolean;
}

@Injectable()
export class PostgresSendQueue extends SendQueue {
  constructor(
    private readonly encryption: SendEncryption,
    private readonly database: Database,
  ) {
    super();
  }

  async queue(tx: Transaction, sends: MessageToQueue): Promise<boolean> {
    const { causedBy: commandId, messageId, follows, threadId, parts, validUntil } = sends;
    const sendIds = parts.map(({ id }) => id);
    const sealedTexts = parts.map(({ id, text }) => this.encryption.encryptText(id, text));
    const [queued] = await rows<{ isInOrder: boolean; hasEarly: boolean }>(tx, QUEUE, [
      commandId,
      messageId ?? null,
      threadId,
      sendIds,
      sealedTexts,
      validUntil,
      sends.isOptOutConfirmation,
      follows ?? null,
      sends.code?.verificationId ?? null,
      sends.code?.codeNo ?? null,
    ]);
    if (!queued || !messageId) return queued !== undefined;
    if (follows && !queued.isInOrder) {
      await storeEarlyMessage(tx, {
        messageId,
        follows,
        threadId,
        commandId,
        sendIds,
        sealedTexts,
        validUntil,
      });
    } else if (queued.hasEarly) await queueEarlyMessages(tx, threadId, messageId);
    return true;
  }

  async threadsWithGap(waitedMs: number, limit: number): Promise<ThreadId[]> {
    const threads = await this.database.rows<{ id: ThreadId }>(GAPS, [waitedMs, limit]);
    return threads.map(({ id }) => id);
  }

  async closeGap(tx: Transaction, threadId: ThreadId): Promise<void> {
    await rows(tx, LOCK_THREAD, [threadId]);
    await queueEarlyMessages(tx, threadId);
  }

  dueAt(): DueQuery {
    return { sql: DUE_AT, values: [] };
  }

  async claimDue(limit: number, deadlineMs: number): Promise<ClaimedSend[]> {
    const claimed = await this.database.rows<ClaimedRow>(CLAIM_DUE, [limit, deadlineMs]);
    return claimed.map((row) => ({
      ...this.encryption.decrypt(row),
      claims: row.claims,
      consent: row.isOptedOut ? 'opted-out' : 'given',
      hasSuccessor: row.hasSuccessor,
    }));
  }
}
