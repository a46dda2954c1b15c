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
      `SELECT ${MESSAGE_COLUMNS}
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
    const [found] = await this.database.rows<MessageRow>(
      `SELECT ${MESSAGE_COLUMNS} FROM message WHERE id = $1`,
      [id],
    );
    return found && messageOf(found);
  }
}

const CONVERSATION = `id, contact_id AS "contactId", agent_id AS "agentId", status, message_seq AS "messageCount",
  created_at AS "createdAt", updated_at AS "updatedAt", flagged_at AS "flaggedAt", flag_reason AS "flagReason"`;
/** The columns of a message as REST shows it. */
export const MESSAGE_COLUMNS = `message.id, message.conversation_id AS "conversationId", message.seq, message.channel, message.direction,
  message.author, message.text, message.heard_text AS "heardText", message.call_id AS "callId", message.status,
  message.error_code AS "errorCode", message.failure_reason AS "failureReason", message.created_at AS "createdAt",
  message.media, message.answered_by AS "answeredBy"`;

interface ConversationRow extends Pick<
  ConversationView,
  'id' | 'contactId' | 'agentId' | 'status' | 'messageCount'
> {
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly flaggedAt: Date | null;
  readonly flagReason: NonNullable<ConversationView['flag']>['reason'] | null;
}

export interface MessageRow extends Pick<
  MessageView,
  'id' | 'seq' | 'channel' | 'direction' | 'author' | 'text' | 'status'
> {
  readonly conversationId: ConversationId;
  readonly heardText: string | null;
  readonly callId: CallId | null;
  readonly errorCode: string | null;
  readonly failureReason: string | null;
  readonly media: InboundMedia[] | null;
  readonly answeredBy: AnsweredBy | null;
  readonly createdAt: Date;
}

function conversationOf(row: ConversationRow): ConversationView {
  return {
    id: row.id,
    contactId: row.contactId,
    agentId: row.agentId,
    status: row.status,
    messageCount: row.messageCount,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    ...(row.flaggedAt &&
      row.flagReason && { flag: { reason: row.flagReason, flaggedAt: row.flaggedAt.toISOString() } }),
  };
}

export function messageOf(row: MessageRow): MessageView {
  return {
    id: row.id,
    conversationId: row.conversationId,
    seq: row.seq,
    channel: row.channel,
    direction: row.direction,
    author: row.author,
    text: row.text,
    ...(row.media !== null && { media: row.media }),
    ...(row.answeredBy !== null && { answeredBy: row.answeredBy }),
    ...(row.heardText !== null && { heardText: row.heardText }),
    ...(row.callId !== null && { callId: row.callId }),
    status: row.status,
    ...(row.errorCode !== null && { errorCode: row.errorCode }),
    ...(row.failureReason !== null && { failureReason: row.failureReason }),
    createdAt: row.createdAt.toISOString(),
  };
}
