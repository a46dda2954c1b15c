import { Injectable } from '@nestjs/common';
import { type ChatPage, type ChatPosition, pageFrom } from '@parley/contracts';
import type { ConversationId, ThreadId } from '@parley/kernel';
import { Database } from '@parley/persistence';
import {
  MESSAGE_COLUMNS,
  messageOf,
  type MessageRow,
} from '../../../conversations/adapters/postgres-conversation-reader.js';
import { isVisibleTo } from '../../../conversations/adapters/visible-messages.js';
import { ConversationLog } from '../../../conversations/conversation-log.js';
import { ChatReader } from '../chat-reader.js';

type ChatRow = { threadConversationId: ConversationId } & (MessageRow | { id: null });

/** The messages that the person on the thread may see: not what others said before a link. */
const THREAD_MESSAGES = `FROM thread JOIN conversation ON conversation.id = thread.conversation_id
  LEFT JOIN message ON message.conversation_id = thread.conversation_id AND ${isVisibleTo('thread.identity_id')}`;

const FROM_POSITION = `
  SELECT thread.conversation_id AS "threadConversationId", ${MESSAGE_COLUMNS}
  ${THREAD_MESSAGES}
    AND message.seq > CASE WHEN thread.conversation_id = $3 THEN $4 ELSE 0 END
  WHERE thread.id = $1 ORDER BY message.seq LIMIT $2`;

const NEWEST = `
  SELECT * FROM (
    SELECT thread.conversation_id AS "threadConversationId", ${MESSAGE_COLUMNS}
    ${THREAD_MESSAGES}
    WHERE thread.id = $1 ORDER BY message.seq DESC LIMIT $2
  ) AS newest ORDER BY seq`;

@Injectable()
export class PostgresChatReader extends ChatReader {
  constructor(
    private readonly database: Database,
    private readonly log: ConversationLog,
  ) {
    super();
  }

  override async messages(
    threadId: ThreadId,
    after: ChatPosition | undefined,
    limit: number,
  ): Promise<ChatPage | undefined> {
    const found = after
      ? await this.database.rows<ChatRow>(FROM_POSITION, [
          threadId,
          limit + 1,
          after.conversationId ?? null,
          after.seq,
        ])
      : await this.database.rows<ChatRow>(NEWEST, [threadId, limit]);
    const [first] = found;
    if (!first) return undefined;
    const messages = found.flatMap((row) => (row.id === null ? [] : [messageOf(row as MessageRow)]));
    const { data, hasMore } = pageFrom(messages, limit, ({ id }) => id);
    return { conversationId: first.threadConversationId, data, hasMore };
  }

  override async threadOf(conversationId: ConversationId): Promise<ThreadId | undefined> {
    return (await this.log.reachableContact(conversationId, 'web'))?.thread?.threadId;
  }
}
