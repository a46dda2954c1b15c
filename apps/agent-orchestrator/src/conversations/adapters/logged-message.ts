import type { LoggedMessage } from '@parley/dialogue';
import type { ChannelName, Channels } from '../../channels/channel.js';

/**
 * SQL: the columns of `message` that a prompt needs. The query must join a row `open` that says which texts still need
 * an answer: those of its `conversation_id` after its `answered_seq` and up to its `through_seq`.
 */
export const LOGGED_MESSAGE_COLUMNS = `message.seq, message.author, message.text, message.channel, message.heard_text AS "heardText",
  message.received_at AS "receivedAt", message.thread_seq AS "threadSeq", message.answered_by AS "answeredBy",
  (SELECT array_agg(each ->> 'contentType') FROM jsonb_array_elements(message.media) AS each) AS "mediaTypes",
  message.author = 'contact' AND message.call_id IS NULL AND message.answered_by IS NULL
    AND message.conversation_id = open.conversation_id AND message.seq > open.answered_seq AND message.seq <= open.through_seq AS "isUnanswered"`;

export interface LoggedMessageRow {
  seq: number;
  author: LoggedMessage['author'];
  readonly text: string;
  channel: ChannelName;
  readonly heardText: string | null;
  readonly receivedAt: Date | null;
  readonly threadSeq: number | null;
  readonly answeredBy: string | null;
  readonly mediaTypes: string[] | null;
  readonly isUnanswered: boolean;
}

export function loggedMessageOf(row: LoggedMessageRow, channels: Channels): LoggedMessage {
  const channel = channels.named(row.channel);
  return {
    seq: row.seq,
    author: row.author,
    text: row.author === 'contact' ? channel.readText(row.text) : row.text,
    channel: channel.prompt,
    heardText: row.heardText ?? undefined,
    receivedAtMs: row.receivedAt?.getTime(),
    threadSeq: row.threadSeq ?? undefined,
    mediaTypes: row.mediaTypes ?? undefined,
    isKeyword: row.answeredBy === 'carrier' || row.answeredBy === 'gateway',
    isUnanswered: row.isUnanswered,
  };
}
