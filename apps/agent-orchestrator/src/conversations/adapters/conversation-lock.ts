import type { ContactId, ConversationId } from '@parley/kernel';
import { rows, type Transaction } from '@parley/persistence';

/**
 * Locks a conversation or contact until the transaction ends. It must be the first statement of every transaction that
 * writes to a conversation or publishes about a contact: Postgres numbers a transaction at its first write, so the
 * transactions are numbered in the order of this lock, and the event log is read in that order.
 */
export async function lockConversation(tx: Transaction, id: ConversationId | ContactId): Promise<void> {
  await rows(tx, 'SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [id]);
}
