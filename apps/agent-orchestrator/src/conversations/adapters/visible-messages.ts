/**
 * SQL: the `seq` after which an identity sees the messages of a conversation: 0, or more if a link made it share the
 * conversation.
 */
export function seenAfter(identityId: string, conversationId: string): string {
  return `coalesce((
    SELECT max(after_seq) FROM visible_history AS shared
    WHERE shared.identity_id = ${identityId} AND shared.conversation_id = ${conversationId} AND through_seq IS NULL
  ), 0)`;
}

/**
 * SQL: the newest messages, at most `limit`, of each earlier part of the log that an identity still sees: its own messages
 * before a link, with the agent of this conversation.
 */
export function earlierMessages(identityId: string, conversation: string, limit: string): string {
  return `SELECT earlier.* FROM visible_history AS history
    JOIN conversation AS former ON former.id = history.conversation_id AND former.agent_id = ${conversation}.agent_id
    CROSS JOIN LATERAL (
      SELECT * FROM message
      WHERE message.conversation_id = history.conversation_id AND message.seq > history.after_seq
        AND message.seq <= coalesce(history.through_seq, ${LAST_SEQ})
      ORDER BY message.seq DESC LIMIT ${limit}
    ) AS earlier
    WHERE history.identity_id = ${identityId}
      AND NOT (history.conversation_id = ${conversation}.id AND history.through_seq IS NULL)`;
}

/** SQL: whether an identity may see this row of `message`, which is joined with its `conversation`. */
export function isVisibleTo(identityId: string): string {
  const rows = `FROM visible_history AS history
    WHERE history.identity_id = ${identityId} AND history.conversation_id = message.conversation_id`;
  return `(EXISTS (
      SELECT 1 ${rows} AND message.seq > history.after_seq
        AND message.seq <= coalesce(history.through_seq, ${LAST_SEQ})
    ) OR (NOT EXISTS (SELECT 1 ${rows}) AND EXISTS (
      SELECT 1 FROM identity WHERE identity.id = ${identityId} AND identity.contact_id = conversation.contact_id
    )))`;
}

/** The highest `seq`: for a part of the log that an identity sees to its end. */
export const LAST_SEQ = 2_147_483_647;
