import type { ContactId, ConversationId } from '@parley/kernel';
import { rows, type Transaction } from '@parley/persistence';

/**
 * The first statement of every transaction that writes to a conversation, or tells of a contact. Postgres numbers a
 * transaction at its first write, so the order of those numbers is the order of the lock, which reading the event log
 * relies on.
 */
export async function lockConversation(tx: Transaction, id: ConversationId | ContactId): Promise<void> {
  await rows(tx, 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [id]);
}
