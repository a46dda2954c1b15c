import type { DialogueChannel, LoggedMessage } from '@parley/dialogue';
import { reactionFact, readReaction } from '@parley/sms-policy';

/**
 * The columns of `message` that the agent's context needs. Reads beside it a row `open`: texts of the contact above
 * its `answered_seq`, up to its `through_seq`, are still to be answered.
 */
export const LOGGED_MESSAGE = `message.seq, message.author, message.text, message.channel, message.heard_text,
  message.received_at, message.thread_seq, message.answered_by,
  (SELECT array_agg(each ->> 'contentType') FROM jsonb_array_elements(message.media) AS each) AS media_types,
  message.author = 'contact' AND message.channel <> 'voice' AND message.answered_by IS NULL
    AND message.seq > open.answered_seq AND message.seq <= open.through_seq AS is_unanswered`;

export interface LoggedMessageRow {
  seq: number;
  author: LoggedMessage['author'];
  text: string;
  channel: DialogueChannel;
  heard_text: string | null;
  received_at: Date | null;
  thread_seq: number | null;
  answered_by: string | null;
  media_types: string[] | null;
  is_unanswered: boolean;
}

export function loggedMessageOf(row: LoggedMessageRow): LoggedMessage {
  return {
    seq: row.seq,
    author: row.author,
    text: textForModel(row),
    channel: row.channel,
    heardText: row.heard_text ?? undefined,
    receivedAtMs: row.received_at?.getTime(),
    threadSeq: row.thread_seq ?? undefined,
    mediaTypes: row.media_types ?? undefined,
    isKeyword: row.answered_by === 'carrier' || row.answered_by === 'gateway',
    isUnanswered: row.is_unanswered,
  };
}

/** A reaction comes by SMS as a text that quotes ours: a model would take it for a question. */
function textForModel({ author, channel, text }: LoggedMessageRow): string {
  const reaction = author === 'contact' && channel === 'sms' ? readReaction(text) : undefined;
  return reaction ? reactionFact(reaction) : text;
}
