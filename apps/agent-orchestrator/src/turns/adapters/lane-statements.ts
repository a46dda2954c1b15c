/**
 * SQL condition: the agent's turn is due and no process holds it. Texts that arrive during a call wait for
 * the call to answer them, until the call is over or its lease ended more than `silentMs` ago.
 * `statement_timestamp()` lets Postgres search the index of `turn_due_at`; the volatile `clock_timestamp()`
 * would not.
 */
export function isDue(silentMs: string): string {
  return `lane.turn_due_at <= statement_timestamp() AND lane.control = 'agent'
    AND (lane.lease_until IS NULL OR lane.lease_until < clock_timestamp())
    AND NOT EXISTS (
      SELECT 1 FROM lane AS call
      WHERE call.conversation_id = lane.conversation_id AND call.takes_texts
        AND call.lease_until > clock_timestamp() - ${silentMs} * interval '1 millisecond'
    )`;
}

/**
 * SQL: the earliest time at which a turn is due. It reads only the thousand lanes that have waited longest, to bound
 * its cost.
 */
export const NEXT_DUE_AT = `
  SELECT min(greatest(waiting.turn_due_at, waiting.lease_until, (
    SELECT max(call.lease_until) + $1::float8 * interval '1 millisecond' FROM lane AS call
    WHERE call.conversation_id = waiting.conversation_id AND call.takes_texts AND call.lease_until IS NOT NULL
  )))
  FROM (
    SELECT turn_due_at, lease_until, conversation_id FROM lane
    WHERE turn_due_at IS NOT NULL AND control = 'agent' ORDER BY turn_due_at LIMIT 1000
  ) AS waiting`;

/**
 * SQL: ends a turn in its lane, its conversation and the log. It changes nothing if the lane has another
 * lease token.
 */
export const END_TURN = `
  WITH ended AS (
    UPDATE lane
    SET answered_seq = greatest(answered_seq, $3), turn_id = NULL, acted_seq = NULL, turn_attempts = 0, turn_reruns = 0,
        turn_due_at = CASE WHEN last_inbound_seq > $3 THEN clock_timestamp() END,
        lease_token = NULL, lease_until = NULL
    WHERE id = $1 AND lease_token = $2 AND (last_inbound_seq = $3 OR acted_seq = $3 OR $4::boolean)
      AND control = 'agent'
    RETURNING id AS lane_id, conversation_id, turn_due_at IS NOT NULL AS is_more_due
  ), numbered AS (
    UPDATE conversation
    SET message_seq = message_seq + CASE WHEN $6::text IS NULL THEN 0 ELSE 1 END, event_seq = event_seq + $5,
        updated_at = clock_timestamp()
    FROM ended WHERE conversation.id = ended.conversation_id
    RETURNING id, message_seq, event_seq, is_more_due, lane_id
  ), reply AS (
    INSERT INTO message (id, conversation_id, seq, channel, direction, author, kind, text, status, thread_id,
                         lane_id, turn_id, answers_through_seq)
    SELECT $6, id, message_seq, $7, 'outbound', 'agent', $8, $9, 'queued', $10, lane_id, $11, $3
    FROM numbered WHERE $6 IS NOT NULL
  )
  SELECT message_seq AS "messageSeq", event_seq AS "eventSeq", is_more_due AS "isMoreDue", (
    SELECT previous.id FROM message AS previous
    WHERE previous.conversation_id = numbered.id AND previous.thread_id = $10 AND previous.direction = 'outbound'
    ORDER BY previous.seq DESC LIMIT 1) AS follows
  FROM numbered`;

/**
 * SQL: the milliseconds since `moment`. The database computes them, because its clock and the process's clock
 * may differ.
 */
export function ageMs(moment: string): string {
  return `(extract(epoch FROM clock_timestamp() - ${moment}) * 1000)::float8`;
}
