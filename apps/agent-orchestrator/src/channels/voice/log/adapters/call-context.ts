import type { CallId } from '@parley/kernel';
import {
  LOGGED_MESSAGE_COLUMNS,
  loggedMessageOf,
  type LoggedMessageRow,
} from '../../../../conversations/adapters/logged-message.js';
import { earlierMessages, seenAfter } from '../../../../conversations/adapters/visible-messages.js';
import type { Channels } from '../../../channel.js';
import type { CallContext } from '../call-log.js';

/**
 * SQL: reads the messages for turn $3 of call $1: at most $2, and always the texts that need an answer.
 * Returns at least one row. Leaves out messages of the turn's own tools, because the prompt has them as
 * steps. `mergedThrough` is the number of the last ledger entry before the first gap.
 */
export const CALL_CONTEXT = `
  SELECT agent.system_prompt AS "systemPrompt", agent.tools, merged.through AS "mergedThrough", ${LOGGED_MESSAGE_COLUMNS}
  FROM call
  JOIN conversation ON conversation.id = call.conversation_id
  JOIN agent ON agent.id = conversation.agent_id
  JOIN lane ON lane.id = call.lane_id
  JOIN lane AS texts ON texts.conversation_id = call.conversation_id AND texts.kind = 'text'
  CROSS JOIN LATERAL (
    SELECT call.conversation_id, texts.answered_seq, texts.last_inbound_seq AS through_seq,
           ${seenAfter('call.identity_id', 'call.conversation_id')} AS seen_after
  ) AS open
  CROSS JOIN LATERAL (
    SELECT coalesce(max(turn_no), 0)::integer AS through FROM (
      SELECT turn_no, row_number() OVER (ORDER BY turn_no) AS position
      FROM call_turn WHERE call_id = call.id AND merged_at IS NOT NULL
    ) AS entry WHERE turn_no = position
  ) AS merged
  LEFT JOIN LATERAL (
    (SELECT * FROM message
     WHERE conversation_id = call.conversation_id AND seq > open.seen_after
       AND (lane.takes_texts OR call_id = call.id)
       AND turn_id IS DISTINCT FROM $3
     ORDER BY seq DESC LIMIT $2)
    UNION
    (SELECT * FROM message
     WHERE conversation_id = call.conversation_id AND lane.takes_texts AND author = 'contact'
       AND call_id IS NULL AND answered_by IS NULL AND seq > open.answered_seq AND seq <= open.through_seq
     ORDER BY seq DESC LIMIT $2)
    UNION ALL
    (SELECT own.* FROM (${earlierMessages('call.identity_id', 'conversation', '$2')}) AS own WHERE lane.takes_texts)
  ) AS message ON true
  WHERE call.id = $1
  ORDER BY message.conversation_id = call.conversation_id, message.conversation_id, message.seq`;

export interface CallContextRow extends Omit<LoggedMessageRow, 'seq'> {
  readonly systemPrompt: string;
  readonly tools: string[];
  readonly mergedThrough: number;
  /** Null in the single row of a conversation without messages. */
  seq: number | null;
}

export function callContextFrom(
  found: readonly CallContextRow[],
  callId: CallId,
  channels: Channels,
): CallContext {
  const [first] = found;
  if (!first) throw new Error(`Call ${callId} was stored but cannot be read back`);
  return {
    systemPrompt: first.systemPrompt,
    tools: first.tools,
    mergedThrough: first.mergedThrough,
    log: found.flatMap((row) =>
      row.seq === null ? [] : [loggedMessageOf({ ...row, seq: row.seq }, channels)],
    ),
  };
}
