import type { ContactId, ConversationId, IdentityId, ThreadId } from '@parley/kernel';
import { rows, type Transaction } from '@parley/persistence';
import type { ChannelName, IdentityKind } from '../../channels/channel.js';
import { IS_LINK_IDLE, joinLink } from './identity-links.js';
import { answeringAgent } from './open-conversation.js';

/**
 * SQL: the thread $1 with its conversation. Returns no row if the conversation is not the one in which its person writes
 * now: another agent answers the line, whose indexes are $2; the conversation is closed; the person's identity belongs to
 * another contact; or its link is idle.
 */
export const CURRENT_THREAD = `(
  SELECT thread.conversation_id, thread.channel, thread.identity_id
  FROM thread JOIN conversation ON conversation.id = thread.conversation_id
  ${joinLink('thread.identity_id')}
  WHERE thread.id = $1 AND (cardinality($2::text[]) = 0 OR conversation.agent_id = ${answeringAgent('$2')})
    AND conversation.status = 'open' AND conversation.contact_id = thread.contact_id
    AND (${IS_LINK_IDLE}) IS NOT TRUE
) AS thread`;

/**
 * SQL: whether a verification is pending that this identity asked for, or whose code was sent to its number.
 */
export function hasPendingVerification(identityId: string): string {
  const pending =
    'SELECT 1 FROM pending_verification AS pending WHERE pending.expires_at > statement_timestamp()';
  return `(EXISTS (${pending} AND pending.identity_id = ${identityId}) OR EXISTS (
    ${pending} AND pending.number_index = (SELECT phone_index FROM identity WHERE identity.id = ${identityId})))`;
}

/** Stores a thread with the contact's oldest identity of this kind, unless it is stored already. */
export async function insertThread(
  tx: Transaction,
  { threadId, channel }: { threadId: ThreadId; channel: ChannelName },
  contactId: ContactId,
  conversationId: ConversationId,
  kind: IdentityKind,
): Promise<void> {
  await rows(
    tx,
    `INSERT INTO thread (id, channel, contact_id, conversation_id, identity_id)
     VALUES ($1, $2, $3, $4, (SELECT id FROM identity WHERE contact_id = $3 AND kind = $5 ORDER BY id LIMIT 1))
     ON CONFLICT (id) DO NOTHING`,
    [threadId, channel, contactId, conversationId, kind],
  );
}

/** Stores a thread, or moves it to this conversation and contact. */
export async function moveThread(
  tx: Transaction,
  { threadId, channel }: { threadId: ThreadId; channel: ChannelName },
  to: { contactId: ContactId; conversationId: ConversationId; identityId: IdentityId | undefined },
): Promise<void> {
  await rows(
    tx,
    `INSERT INTO thread (id, channel, contact_id, conversation_id, identity_id) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (id) DO UPDATE
       SET contact_id = excluded.contact_id, conversation_id = excluded.conversation_id, identity_id = excluded.identity_id
     WHERE (thread.contact_id, thread.conversation_id, thread.identity_id)
       IS DISTINCT FROM (excluded.contact_id, excluded.conversation_id, excluded.identity_id)`,
    [threadId, channel, to.contactId, to.conversationId, to.identityId ?? null],
  );
}
