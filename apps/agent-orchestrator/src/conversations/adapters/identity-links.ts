import { decideUnlink, LINK_IDLE_MS } from '@parley/dialogue';
import type { ContactId, IdentityId } from '@parley/kernel';
import { rows, type Transaction } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import type { EndedLink, OwnedIdentity, UnlinkReason } from '../identity-link.js';
import { lockConversation } from './conversation-lock.js';

/** SQL: whether the active link in the row `link` is too old to prove anything. Null without a link. */
export const IS_LINK_IDLE = `link.last_used_at <= clock_timestamp() - ${LINK_IDLE_MS} * interval '1 millisecond'`;

/** SQL: joins the active link of an identity as the row `link`. */
export function joinLink(identityId: string): string {
  return `LEFT JOIN identity_link AS link ON link.identity_id = ${identityId} AND link.unlinked_at IS NULL`;
}

/**
 * Ends the active link of an identity. If the contact has other identities, this identity moves to the contact that it
 * had before the link, if that one was merged, or else to a new contact. Returns undefined if there is no link, except
 * for the reason `moved` (another contact proved to own the identity). The transaction must have locked the identity.
 */
export async function endLink(
  tx: Transaction,
  identity: OwnedIdentity,
  via: UnlinkReason,
): Promise<EndedLink | undefined> {
  const { identityId, contactId } = identity;
  const [found] = await rows<{ linkId: string | null; hasOthers: boolean; restorable: ContactId | null }>(
    tx,
    `SELECT link.id AS "linkId", former.id AS restorable,
            EXISTS (SELECT 1 FROM identity WHERE contact_id = $2 AND id <> $1) AS "hasOthers"
     FROM identity ${joinLink('identity.id')}
     LEFT JOIN contact AS former ON former.id = link.former_contact_id AND former.merged_into = $2
     WHERE identity.id = $1`,
    [identityId, contactId],
  );
  const decision = decideUnlink(via === 'moved' || !!found?.linkId, found?.hasOthers ?? false);
  if (decision.kind === 'ignore') return undefined;
  await lockConversation(tx, contactId);
  await rows(
    tx,
    `UPDATE identity_link SET unlinked_at = clock_timestamp(), unlinked_via = $2
     WHERE identity_id = $1 AND unlinked_at IS NULL`,
    [identityId, via],
  );
  if (decision.kind === 'forget-proof') return { ...identity, via, newContactId: undefined };
  const newContactId = found?.restorable ?? newId('ctc');
  await rows(tx, 'INSERT INTO contact (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET merged_into = NULL', [
    newContactId,
  ]);
  await moveIdentity(tx, identityId, newContactId);
  return { ...identity, via, newContactId };
}

/** Gives an identity to another contact. The identity no longer sees what it shared with the former one. */
export async function moveIdentity(tx: Transaction, identityId: IdentityId, to: ContactId): Promise<void> {
  await Promise.all([
    rows(tx, 'UPDATE identity SET contact_id = $2 WHERE id = $1', [identityId, to]),
    rows(tx, 'UPDATE thread SET contact_id = $2 WHERE identity_id = $1', [identityId, to]),
    rows(tx, 'DELETE FROM visible_history WHERE identity_id = $1 AND through_seq IS NULL', [identityId]),
  ]);
}
