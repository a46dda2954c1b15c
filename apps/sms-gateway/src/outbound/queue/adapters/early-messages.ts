import type { MessageId, ThreadId } from '@parley/kernel';
import { rows, type Transaction } from '@parley/persistence';
import { COUNT_REPLY } from './thread-pace.js';

const STORE = `
  WITH stored AS (
    INSERT INTO early_message (message_id, follows, thread_id, command_id, send_ids, sealed_texts, valid_until)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (message_id) DO NOTHING
  )
  UPDATE thread SET has_early = true WHERE id = $3`;

/** Queues the message that follows `$2`. Without `$2`: queues the oldest message that follows no waiting message. */
const QUEUE_NEXT = `
  WITH next AS (
    DELETE FROM early_message WHERE message_id = (
      SELECT message_id FROM early_message WHERE thread_id = $1 AND CASE WHEN $2::text IS NULL
        THEN follows NOT IN (SELECT message_id FROM early_message WHERE thread_id = $1) ELSE follows = $2 END
      ORDER BY message_id LIMIT 1)
    RETURNING *
  ), counted AS (
    UPDATE thread SET last_message_id = next.message_id, ${COUNT_REPLY} FROM next WHERE thread.id = next.thread_id
  ), added AS (
    INSERT INTO send (id, command_id, part, parts, message_id, thread_id, sealed_text, valid_until, not_before,
      is_opt_out_confirmation)
    SELECT text.id, command_id, part, cardinality(send_ids), message_id, thread_id, sealed_text, valid_until,
      CASE part WHEN 1 THEN clock_timestamp() ELSE 'infinity' END, false
    FROM next, unnest(send_ids, sealed_texts) WITH ORDINALITY AS text (id, sealed_text, part)
    ORDER BY part
  )
  SELECT message_id AS "messageId" FROM next`;

const UPDATE_HAS_EARLY = `
  UPDATE thread SET has_early = EXISTS (SELECT FROM early_message WHERE thread_id = $1) WHERE id = $1`;

export interface EarlyMessage {
  readonly messageId: MessageId;
  readonly follows: MessageId;
  readonly threadId: ThreadId;
  readonly commandId: string;
  readonly sendIds: readonly string[];
  readonly sealedTexts: readonly string[];
  readonly validUntil: Date;
}

/** Stores a message until the message that it follows arrives. The caller holds the thread's lock. */
export async function storeEarlyMessage(tx: Transaction, message: EarlyMessage): Promise<void> {
  const { messageId, follows, threadId, commandId, sendIds, sealedTexts, validUntil } = message;
  await rows(tx, STORE, [messageId, follows, threadId, commandId, sendIds, sealedTexts, validUntil]);
}

/**
 * Queues the messages that waited for `messageId`, then those that waited for them, and so on; without `messageId` it begins
 * with the oldest. The caller holds the thread's lock; separate statements see rows that others committed before the lock.
 */
export async function queueEarlyMessages(
  tx: Transaction,
  threadId: ThreadId,
  messageId?: MessageId,
): Promise<void> {
  let [next] = await rows<{ messageId: MessageId }>(tx, QUEUE_NEXT, [threadId, messageId ?? null]);
  while (next) [next] = await rows<{ messageId: MessageId }>(tx, QUEUE_NEXT, [threadId, next.messageId]);
  await rows(tx, UPDATE_HAS_EARLY, [threadId]);
}
