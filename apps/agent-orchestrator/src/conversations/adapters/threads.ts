import type { ContactId, ConversationId, ThreadId } from '@parley/kernel';
import { rows, type Transaction } from '@parley/persistence';
import type { ChannelName } from '../../channels/channel.js';
import { answering } from './open-conversation.js';

/** SQL: the thread $1 with its conversation, unless another agent now answers its line, whose indexes are $2. */
export const CURRENT_THREAD = `(
  SELECT thread.conversation_id FROM thread JOIN conversation ON conversation.id = thread.conversation_id
  WHERE thread.id = $1 AND (cardinality($2::text[]) = 0 OR conversation.agent_id = ${answering('$2')})
) AS thread`;

/** Stores a thread if it is not stored yet. */
export async function insertThread(
  tx: Transaction,
  { threadId, channel }: { threadId: ThreadId; channel: ChannelName },
  contactId: ContactId,
  conversationId: ConversationId,
): Promise<void> {
  await rows(
    tx,
    `INSERT INTO thread (id, channel, contact_id, conversation_id) VALUES ($1, $2, $3, $4)
     ON CONFLICT (id) DO NOTHING`,
    [threadId, channel, contactId, conversationId],
  );
}

/** Stores a thread, or moves the stored thread to this conversation. */
export async function moveThread(
  tx: Transaction,
  { threadId, channel }: { threadId: ThreadId; channel: ChannelName },
  contactId: ContactId,
  conversationId: ConversationId,
): Promise<void> {
  await rows(
    tx,
    `INSERT INTO thread (id, channel, contact_id, conversation_id) VALUES ($1, $2, $3, $4)
     ON CONFLICT (id) DO UPDATE SET conversation_id = excluded.conversation_id
     WHERE thread.conversation_id <> excluded.conversation_id`,
    [threadId, channel, contactId, conversationId],
  );
}
