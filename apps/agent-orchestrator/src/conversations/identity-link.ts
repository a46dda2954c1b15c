import { IdentityUnlinked } from '@parley/contracts';
import type { ContactId, IdentityId } from '@parley/kernel';
import type { OutboxMessage } from '@parley/persistence';
import type { IdentityKind } from '../channels/channel.js';

/** Why a link ended. */
export type UnlinkReason = Exclude<IdentityUnlinked['via'], 'unknown'>;

export interface OwnedIdentity {
  identityId: IdentityId;
  kind: IdentityKind;
  readonly contactId: ContactId;
}

/** A link that has just ended. */
export interface EndedLink extends OwnedIdentity {
  via: UnlinkReason;
  /** The contact that the identity has now. Undefined if it stayed with its contact. */
  readonly newContactId: ContactId | undefined;
}

/**
 * Returns the event of a link that ended. Publish it in the transaction that ended the link, which has locked the
 * contact.
 */
export function identityUnlinked(ended: EndedLink, now: Date): OutboxMessage {
  const { contactId, identityId, kind, via, newContactId } = ended;
  const moved = newContactId && { newContactId };
  return {
    contract: IdentityUnlinked,
    data: { contactId, identityId, kind, via, ...moved, unlinkedAt: now.toISOString() },
  };
}
