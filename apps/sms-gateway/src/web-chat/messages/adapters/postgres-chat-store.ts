import { Injectable } from '@nestjs/common';
import { DataKeys } from '@parley/encryption';
import type { MessageId, ThreadId } from '@parley/kernel';
import { Database, rows, type Transaction } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { ChatStore, type ClientMessage, type KnownMessage, type RecordedMessage } from '../chat-store.js';

/** The purposes under which a web user's id is sealed and indexed, and a message's text is compared. */
const USER = 'gateway.chat_thread.user';
const TEXT = 'gateway.chat_message.text';

const FIND_THREAD = 'SELECT id FROM chat_thread WHERE user_index = ANY($1)';

const MAKE_THREAD = `
  INSERT INTO chat_thread (id, sealed_user, user_index) VALUES ($1, $2, $3)
  ON CONFLICT (user_index) DO NOTHING RETURNING id`;

const FIND_MESSAGE = `
  SELECT message_id AS "messageId", text_index AS "textIndex"
  FROM chat_message WHERE thread_id = $1 AND client_message_id = $2`;

/** Counts the thread up, which locks it, and gives the message that number. */
const RECORD = `
  WITH counted AS (
    UPDATE chat_thread SET last_thread_seq = last_thread_seq + 1 WHERE id = $1
    RETURNING last_thread_seq, sealed_user
  ), made AS (
    INSERT INTO chat_message (thread_id, client_message_id, message_id, text_index)
    SELECT $1, $2, $3, $4 FROM counted ON CONFLICT (thread_id, client_message_id) DO NOTHING
    RETURNING received_at
  )
  SELECT last_thread_seq AS "threadSeq", sealed_user AS "sealedUser", received_at AS "receivedAt"
  FROM made, counted`;

const PURGE = `
  DELETE FROM chat_message WHERE message_id = ANY (ARRAY(
    SELECT message_id FROM chat_message WHERE received_at < $1 ORDER BY received_at LIMIT $2
  )) RETURNING 1`;

@Injectable()
export class PostgresChatStore extends ChatStore {
  constructor(
    private readonly keys: DataKeys,
    private readonly database: Database,
  ) {
    super();
  }

  async threadOf(userId: string): Promise<ThreadId> {
    const indexes = this.keys.blindIndexes(userId, USER);
    for (;;) {
      const [found] = await this.database.rows<{ id: ThreadId }>(FIND_THREAD, [indexes]);
      if (found) return found.id;
      const id = newId('thr');
      const values = [id, this.keys.encrypt(userId, aadOf(id)), indexes[0]];
      const [made] = await this.database.rows<{ id: ThreadId }>(MAKE_THREAD, values);
      if (made) return made.id;
    }
  }

  async find({ threadId, clientMessageId, text }: ClientMessage): Promise<KnownMessage | undefined> {
    const [found] = await this.database.rows<{ messageId: MessageId; textIndex: string }>(FIND_MESSAGE, [
      threadId,
      clientMessageId,
    ]);
    if (!found) return undefined;
    const isSame = this.keys.blindIndexes(text, TEXT).includes(found.textIndex);
    return isSame ? { kind: 'same', messageId: found.messageId } : { kind: 'other-text' };
  }

  async record(
    tx: Transaction,
    { threadId, clientMessageId, text }: ClientMessage,
  ): Promise<RecordedMessage | undefined> {
    const messageId = newId('msg');
    const [recorded] = await rows<{ threadSeq: number; sealedUser: string; receivedAt: Date }>(tx, RECORD, [
      threadId,
      clientMessageId,
      messageId,
      this.keys.blindIndex(text, TEXT),
    ]);
    if (!recorded) return undefined;
    const { threadSeq, sealedUser, receivedAt } = recorded;
    return { messageId, threadSeq, receivedAt, userId: this.keys.decrypt(sealedUser, aadOf(threadId)) };
  }

  async purge(receivedBefore: Date, limit: number): Promise<number> {
    return (await this.database.rows(PURGE, [receivedBefore, limit])).length;
  }
}

function aadOf(threadId: ThreadId): string {
  return `${USER}:${threadId}`;
}
