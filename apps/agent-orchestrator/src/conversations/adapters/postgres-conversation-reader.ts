import { Injectable } from '@nestjs/common';
import type { AnsweredBy, ConversationView, InboundMedia, MessageView } from '@parley/contracts';
import type { CallId, ConversationId, MessageId } from '@parley/kernel';
import { Database } from '@parley/persistence';
import { ConversationReader, type ConversationFilter, type MessageFilter } from '../conversation-reader.js';

@Injectable()
export class PostgresConversationReader extends ConversationReader {
  constructor(private readonly database: Database) {
    super();
  }

  override async conversations(
    { status, contactId, agentId }: ConversationFilter,
    limit: number,
    before: ConversationId | undefined,
  ): Promise<ConversationView[]> {
    const found = await this.database.rows<ConversationRow>(
      `SELECT ${CONVERSATION} FROM conversation
       WHERE ($2::text IS NULL OR id < $2) AND ($3::text IS NULL OR status = $3)
         AND ($4::text IS NULL OR contact_id = $4) AND ($5::text IS NULL OR agent_id = $5)
       ORDER BY id DESC LIMIT $1`,
      [limit, before ?? null, status ?? null, contactId ?? null, agentId ?? null],
    );
    return found.map(conversationOf);
  }

  override async conversation(id: ConversationId): Promise<ConversationView | undefined> {
    const [found] = await this.database.rows<ConversationRow>(
      `SELECT ${CONVERSATION} FROM conversation WHERE id = $1`,
      [id],
    );
    return found && conversationOf(found);
  }

  override async messages(
    id: ConversationId,
    { direction, channel, author }: MessageFilter,
    limit: number,
    afterSeq: number,
  ): Promise<MessageView[] | undefined> {
    const found = await this.database.rows<MessageRow | { id: null }>(
      `SELECT ${MESSAGE}
       FROM conversation
       LEFT JOIN message ON message.conversation_id = conversation.id AND message.seq > $3
         AND ($4::text IS NULL OR direction = $4) AND ($5::text IS NULL OR channel = $5)
         AND ($6::text IS NULL OR author = $6)
       WHERE conversation.id = $1 ORDER BY message.seq LIMIT $2`,
      [id, limit, afterSeq, direction ?? null, channel ?? null, author ?? null],
    );
    if (found.length === 0) return undefined;
    return found.filter((row) => row.id !== null).map(messageOf);
  }

  override async message(id: MessageId): Promise<MessageView | undefined> {
    const [found] = await this.database.rows<MessageRow>(`SELECT ${MESSAGE} FROM message WHERE id = $1`, [
      id,
    ]);
    return found && messageOf(found);
  }
}

const CONVERSATION =
  'id, contact_id, agent_id, status, message_seq, created_at, updated_at, flagged_at, flag_reason';
/** The columns of a message as REST shows it. */
export const MESSAGE = `message.id, message.conversation_id, message.seq, message.channel, message.direction,
  message.author, message.text, message.heard_text, message.call_id, message.status, message.error_code,
  message.failure_reason, message.created_at, message.media, message.answered_by`;

interface ConversationRow extends Pick<ConversationView, 'id' | 'status'> {
  contact_id: ConversationView['contactId'];
  agent_id: ConversationView['agentId'];
  message_seq: number;
  created_at: Date;
  updated_at: Date;
  flagged_at: Date | null;
  flag_reason: NonNullable<ConversationView['flag']>['reason'] | null;
}

export interface MessageRow extends Pick<
  MessageView,
  'id' | 'seq' | 'channel' | 'direction' | 'author' | 'text' | 'status'
> {
  conversation_id: ConversationId;
  heard_text: string | null;
  call_id: CallId | null;
  error_code: string | null;
  failure_reason: string | null;
  media: InboundMedia[] | null;
  answered_by: AnsweredBy | null;
  created_at: Date;
}

function conversationOf(row: ConversationRow): ConversationView {
  return {
    id: row.id,
    contactId: row.contact_id,
    agentId: row.agent_id,
    status: row.status,
    messageCount: row.message_seq,
    createdAt: row.created_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
    ...(row.flagged_at &&
      row.flag_reason && { flag: { reason: row.flag_reason, flaggedAt: row.flagged_at.toISOString() } }),
  };
}

export function messageOf(row: MessageRow): MessageView {
  return {
    id: row.id,
    conversationId: row.conversation_id,
    seq: row.seq,
    channel: row.channel,
    direction: row.direction,
    author: row.author,
    text: row.text,
    ...(row.media !== null && { media: row.media }),
    ...(row.answered_by !== null && { answeredBy: row.answered_by }),
    ...(row.heard_text !== null && { heardText: row.heard_text }),
    ...(row.call_id !== null && { callId: row.call_id }),
    status: row.status,
    ...(row.error_code !== null && { errorCode: row.error_code }),
    ...(row.failure_reason !== null && { failureReason: row.failure_reason }),
    createdAt: row.created_at.toISOString(),
  };
}
