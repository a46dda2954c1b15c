import { Injectable } from '@nestjs/common';
import { type ChatPage, type ChatPosition, pageFrom } from '@parley/contracts';
import type { ConversationId, ThreadId } from '@parley/kernel';
import { Database } from '@parley/persistence';
import {
  MESSAGE_COLUMNS,
  messageOf,
  type MessageRow,
} from '../../../conversations/adapters/postgres-conversation-reader.js';
import { isVisibleTo, LAST_SEQ } from '../../../conversations/adapters/visible-messages.js';
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

/**
 * The messages after `seq` $4 of a conversation that a link has closed: $3, or the newest such one. They are in the order of
 * `seq`; with $5, only the newest $2 of them.
 */
const EARLIER = `
  SELECT * FROM (
    SELECT ${MESSAGE_COLUMNS}
    FROM thread
    JOIN visible_history AS history ON history.identity_id = thread.identity_id
    JOIN conversation AS closed ON closed.id = history.conversation_id AND closed.merged_into IS NOT NULL
    JOIN message ON message.conversation_id = closed.id AND message.seq > greatest(history.after_seq, $4)
      AND message.seq <= coalesce(history.through_seq, ${LAST_SEQ})
    WHERE thread.id = $1 AND closed.id <> thread.conversation_id AND closed.id = coalesce($3, (
      SELECT max(other.conversation_id) FROM visible_history AS other
      JOIN conversation AS merged ON merged.id = other.conversation_id AND merged.merged_into IS NOT NULL
      WHERE other.identity_id = thread.identity_id))
    ORDER BY CASE WHEN $5 THEN -message.seq ELSE message.seq END LIMIT $2
  ) AS part ORDER BY seq`;

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
    return after ? this.#after(threadId, after, limit) : this.#newest(threadId, limit);
  }

  async #after(threadId: ThreadId, after: ChatPosition, limit: number): Promise<ChatPage | undefined> {
    const { conversationId = null, seq } = after;
    const parameters = [threadId, limit + 1, conversationId, seq];
    const found = await this.database.rows<ChatRow>(FROM_POSITION, parameters);
    const isElsewhere = conversationId !== null && found[0]?.threadConversationId !== conversationId;
    if (!isElsewhere) return pageOf(found, limit);
    const rest = await this.database.rows<MessageRow>(EARLIER, [threadId, limit, conversationId, seq, false]);
    return rest.length > 0 ? earlierPage(rest) : pageOf(found, limit);
  }

  async #newest(threadId: ThreadId, limit: number): Promise<ChatPage | undefined> {
    const found = await this.database.rows<ChatRow>(NEWEST, [threadId, limit]);
    const page = pageOf(found, limit);
    const missing = limit - (page?.data.length ?? limit);
    if (missing === 0) return page;
    const before = await this.database.rows<MessageRow>(EARLIER, [threadId, missing, null, 0, true]);
    return before.length > 0 ? earlierPage(before) : page;
  }

  override async threadOf(conversationId: ConversationId): Promise<ThreadId | undefined> {
    return (await this.log.reachableContact(conversationId, 'web'))?.thread?.threadId;
  }
}

function pageOf(found: readonly ChatRow[], limit: number): ChatPage | undefined {
  const [first] = found;
  if (!first) return undefined;
  const messages = found.flatMap((row) => (row.id === null ? [] : [messageOf(row as MessageRow)]));
  const { data, hasMore } = pageFrom(messages, limit, ({ id }) => id);
  return { conversationId: first.threadConversationId, data, hasMore };
}

/** A part of a conversation that a link has closed. The reader continues in the conversation that goes on. */
function earlierPage(found: readonly MessageRow[]): ChatPage {
  return { conversationId: found[0]!.conversationId, data: found.map(messageOf), hasMore: true };
}
