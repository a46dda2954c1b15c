import type { ConversationMerge } from '@parley/dialogue';
import type { ContactId, ConversationId, IdentityId } from '@parley/kernel';
import { rows, type Transaction } from '@parley/persistence';
import { LAST_SEQ } from '../../conversations/adapters/visible-messages.js';

/** A conversation of a contact that becomes one with another contact. */
export interface OwnedConversation {
  id: ConversationId;
  readonly contactId: ContactId;
  readonly messageSeq: number;
}

/** The identities of the two contacts before they become one. */
export type IdentitiesBefore = ReadonlyMap<ContactId, readonly IdentityId[]>;

/**
 * Records what each identity may see of the conversations that the identities of two contacts share from now on. What an
 * identity saw alone stays its own, also after the link ends; what it shares from now on ends with the link.
 */
export async function shareHistory(
  tx: Transaction,
  conversations: readonly OwnedConversation[],
  merges: readonly ConversationMerge[],
  identities: IdentitiesBefore,
): Promise<void> {
  const closed = new Set(merges.map((merge) => merge.closed));
  for (const { id, contactId, messageSeq } of conversations) {
    const own = identities.get(contactId) ?? [];
    if (closed.has(id)) {
      await endOwnPart(tx, id, own, LAST_SEQ);
      continue;
    }
    if (own.length === 1) await endOwnPart(tx, id, own, messageSeq);
    const joining = [...identities.values()].flat().filter((each) => own.length === 1 || !own.includes(each));
    await rows(
      tx,
      `INSERT INTO visible_history (identity_id, conversation_id, after_seq)
       SELECT identity_id, $2, $3 FROM unnest($1::text[]) AS identity_id
       ON CONFLICT DO NOTHING`,
      [joining, id, messageSeq],
    );
  }
}

/**
 * Ends the part of a conversation that its only identity saw alone. Identities that shared the conversation already go on
 * seeing it, but only until their link ends.
 */
async function endOwnPart(
  tx: Transaction,
  conversationId: ConversationId,
  own: readonly IdentityId[],
  throughSeq: number,
): Promise<void> {
  const isAlone = own.length === 1;
  await rows(
    tx,
    `WITH ended AS (
       UPDATE visible_history SET through_seq = $3
       WHERE identity_id = ANY($1::text[]) AND conversation_id = $2 AND through_seq IS NULL AND after_seq < $3
         AND $4::boolean
     )
     INSERT INTO visible_history (identity_id, conversation_id, after_seq, through_seq)
     SELECT own.id, $2, 0, CASE WHEN $4 THEN $3::integer END FROM unnest($1::text[]) AS own (id)
     WHERE $3 > 0 AND NOT EXISTS (
       SELECT 1 FROM visible_history AS known WHERE known.identity_id = own.id AND known.conversation_id = $2)
     ON CONFLICT DO NOTHING`,
    [own, conversationId, throughSeq, isAlone],
  );
}
