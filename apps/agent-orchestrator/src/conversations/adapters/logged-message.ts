import type { LoggedMessage } from '@parley/dialogue';
import type { ChannelName, Channels } from '../../channels/channel.js';

/**
 * SQL: the columns of `message` that a prompt needs. The query must join a row `open`: the contact's texts of its
 * `conversation_id` after its `answered_seq`, up to its `through_seq`, still need an answer.
 */
export const LOGGED_MESSAGE_COLUMNS = `message.seq, message.author, message.text, message.channel, message.heard_text,
  message.received_at, message.thread_seq, message.answered_by,
  (SELECT array_agg(each ->> 'contentType') FROM jsonb_array_elements(message.media) AS each) AS media_types,
  message.author = 'contact' AND message.call_id IS NULL AND message.answered_by IS NULL
    AND message.conversation_id = open.conversation_id AND message.seq > open.answered_seq AND message.seq <= open.through_seq AS is_unanswered`;

export interface LoggedMessageRow {
  seq: number;
  author: LoggedMessage['author'];
  text: string;
  channel: ChannelName;
  heard_text: string | null;
  received_at: Date | null;
  thread_seq: number | null;
  answered_by: string | null;
  media_types: string[] | null;
  is_unanswered: boolean;
}

export function loggedMessageOf(row: LoggedMessageRow, channels: Channels): LoggedMessage {
  const channel = channels.named(row.channel);
  return {
    seq: row.seq,
    author: row.author,
    text: row.author === 'contact' ? channel.readText(row.text) : row.text,
    channel: channel.prompt,
    heardText: row.heard_text ?? undefined,
    receivedAtMs: row.received_at?.getTime(),
    threadSeq: row.thread_seq ?? undefined,
    mediaTypes: row.media_types ?? undefined,
    isKeyword: row.answered_by === 'carrier' || row.answered_by === 'gateway',
    isUnanswered: row.is_unanswered,
  };
}
