import { isLinkCurrent, mergedConversations, type OpenConversation } from '@parley/dialogue';
import type { AgentId, ContactId, ConversationId, IdentityId, VerificationId } from '@parley/kernel';
import { Database, repository, rows, type Transaction } from '@parley/persistence';
import { IsNull } from 'typeorm';
import type { Identity, IdentityKind } from '../../channels/channel.js';
import type { AddressColumns } from '../../conversations/adapters/address-columns.js';
import { endLink } from '../../conversations/adapters/identity-links.js';
import { insertContact, lockIdentities } from '../../conversations/adapters/open-conversation.js';
import type { EndedLink, OwnedIdentity, UnlinkReason } from '../../conversations/identity-link.js';
import {
  ContactStore,
  type KnownIdentity,
  type MergedConversation,
  type NewLink,
  type ReachableConversation,
  type VerifiedPhone,
} from '../contact-store.js';
import { IdentityLinkEntity } from './identity-link.entity.js';
import { type OwnedConversation, shareHistory } from './shared-history.js';

export class PostgresContactStore extends ContactStore {
  constructor(
    private readonly database: Database,
    private readonly addresses: Pick<AddressColumns, 'people'>,
  ) {
    super();
  }

  override lockIdentities(tx: Transaction, identities: readonly Identity[]): Promise<void> {
    return lockIdentities(
      tx,
      identities.flatMap((each) => this.addresses.people.indexes(each)),
    );
  }

  override async find(tx: Transaction, identity: Identity): Promise<KnownIdentity | undefined> {
    const [found] = await rows<IdentityRow>(
      tx,
      `${IDENTITY} WHERE kind = $2 AND phone_index = ANY($1) ORDER BY identity.id LIMIT 1`,
      [this.addresses.people.indexes(identity), identity.kind],
    );
    return found && knownIdentity(found);
  }

  override async findById(identityId: IdentityId) {
    const [found] = await this.database.rows<IdentityRow>(`${IDENTITY} WHERE identity.id = $1`, [identityId]);
    if (!found) return undefined;
    const identity = this.addresses.people.open(found.kind, found.phoneSealed, found.id);
    return { ...knownIdentity(found), identity };
  }

  override async add(tx: Transaction, identity: Identity): Promise<KnownIdentity> {
    const { contactId, identityId } = await insertContact(tx, this.addresses.people, identity);
    return { identityId: identityId!, kind: identity.kind, contactId, hasOtherIdentities: false };
  }

  override async identitiesOf(tx: Transaction, contactId: ContactId): Promise<OwnedIdentity[]> {
    const found = await rows<IdentityRow>(tx, `${IDENTITY} WHERE contact_id = $1 ORDER BY identity.id`, [
      contactId,
    ]);
    return found.map(knownIdentity);
  }

  override async hasContact(tx: Transaction, contactId: ContactId): Promise<boolean> {
    const found = await rows(tx, 'SELECT 1 FROM contact WHERE id = $1 AND merged_into IS NULL', [contactId]);
    return found.length > 0;
  }

  override async openConversations(
    tx: Transaction,
    contactIds: readonly ContactId[],
  ): Promise<OpenConversation[]> {
    const found = await rows<{ conversationId: ConversationId; agentId: AgentId; createdAt: Date }>(
      tx,
      `SELECT id AS "conversationId", agent_id AS "agentId", created_at AS "createdAt"
       FROM conversation WHERE contact_id = ANY($1) AND status = 'open'`,
      [contactIds],
    );
    return found.map(({ createdAt, ...open }) => ({ ...open, startedAtMs: createdAt.getTime() }));
  }

  override async lock(tx: Transaction, ids: readonly (ConversationId | ContactId)[]): Promise<void> {
    await rows(tx, 'SELECT pg_advisory_xact_lock(hashtextextended(id, 0)) FROM unnest($1::text[]) AS id', [
      [...new Set(ids)].toSorted(),
    ]);
  }

  override async unite(
    tx: Transaction,
    survivor: ContactId,
    absorbed: ContactId,
    open: readonly OpenConversation[],
  ): Promise<MergedConversation[]> {
    const conversations = await rows<OwnedConversation>(
      tx,
      `SELECT id, contact_id AS "contactId", message_seq AS "messageSeq" FROM conversation WHERE id = ANY($1)`,
      [open.map(({ conversationId }) => conversationId)],
    );
    const merges = mergedConversations(open);
    const identities = new Map<ContactId, IdentityId[]>();
    for (const contactId of [survivor, absorbed]) {
      const owned = await this.identitiesOf(tx, contactId);
      identities.set(
        contactId,
        owned.map(({ identityId }) => identityId),
      );
    }
    await shareHistory(tx, conversations, merges, identities);
    const merged: MergedConversation[] = [];
    for (const { closed, into } of merges) merged.push(await mergeConversation(tx, closed, into));
    for (const table of ['conversation', 'thread', 'identity']) {
      await rows(tx, `UPDATE ${table} SET contact_id = $1 WHERE contact_id = $2`, [survivor, absorbed]);
    }
    await rows(tx, 'UPDATE contact SET merged_into = $1 WHERE id = $2', [survivor, absorbed]);
    return merged;
  }

  override async reachableConversations(
    tx: Transaction,
    contactId: ContactId,
  ): Promise<ReachableConversation[]> {
    return rows<ReachableConversation>(
      tx,
      `SELECT DISTINCT ON (conversation.id) conversation.id AS "conversationId", lane.id AS "laneId",
              thread.id AS "threadId", thread.channel
       FROM conversation
       JOIN lane ON lane.conversation_id = conversation.id AND lane.kind = 'text'
       JOIN thread ON thread.conversation_id = conversation.id AND thread.contact_id = conversation.contact_id
       WHERE conversation.contact_id = $1 AND conversation.status = 'open'
       ORDER BY conversation.id, thread.id DESC`,
      [contactId],
    );
  }

  override async hasLinkOf(tx: Transaction, verificationId: VerificationId): Promise<boolean> {
    return (await repository(tx, IdentityLinkEntity)).existsBy({ verificationId });
  }

  override async addLink(tx: Transaction, link: NewLink): Promise<void> {
    const { linkId: id, identityId, contactId, formerContactId, proof, linkedAt } = link;
    const links = await repository(tx, IdentityLinkEntity);
    const active = await links.findOneBy({ identityId, unlinkedAt: IsNull() });
    if (active?.via === 'verification' && proof.via === 'operator') {
      await links.update(active.id, { contactId, formerContactId: formerContactId ?? null });
      return;
    }
    if (active) await links.update(active.id, { unlinkedAt: linkedAt, unlinkedVia: 'renewed' });
    await links.insert({
      id,
      identityId,
      contactId,
      formerContactId: formerContactId ?? (active?.contactId === contactId ? active.formerContactId : null),
      via: proof.via,
      verificationId: proof.via === 'verification' ? proof.verificationId : null,
      linkedAt,
      lastUsedAt: linkedAt,
    });
  }

  override endLink(
    tx: Transaction,
    identity: OwnedIdentity,
    via: UnlinkReason,
  ): Promise<EndedLink | undefined> {
    return endLink(tx, identity, via);
  }

  override async verifiedPhones(contactId: ContactId): Promise<VerifiedPhone[]> {
    const found = await this.database.rows<{
      id: IdentityId;
      phoneSealed: string;
      linkedAt: Date;
      lastUsedAt: Date;
    }>(
      `SELECT identity.id, identity.phone_sealed AS "phoneSealed", link.linked_at AS "linkedAt",
              link.last_used_at AS "lastUsedAt"
       FROM identity JOIN identity_link AS link ON link.identity_id = identity.id AND link.unlinked_at IS NULL
       WHERE identity.contact_id = $1 AND identity.kind = 'phone' AND link.via = 'verification'
       ORDER BY link.linked_at DESC`,
      [contactId],
    );
    const now = Date.now();
    return found
      .filter((row) => isLinkCurrent({ lastUsedAtMs: row.lastUsedAt.getTime() }, now))
      .map((row) => ({
        identityId: row.id,
        number: this.addresses.people.open('phone', row.phoneSealed, row.id).value,
        verifiedAt: row.linkedAt,
      }));
  }
}

/** Closes a conversation and moves its threads to the one that goes on. Returns the number of an event for each. */
async function mergeConversation(
  tx: Transaction,
  closed: ConversationId,
  into: ConversationId,
): Promise<MergedConversation> {
  const [numbers] = await rows<{ closed: number; into: number }>(
    tx,
    `WITH closed AS (
       UPDATE conversation
       SET status = 'closed', merged_into = $2, event_seq = event_seq + 1, updated_at = clock_timestamp()
       WHERE id = $1 RETURNING event_seq
     ), continued AS (
       UPDATE conversation SET event_seq = event_seq + 1, updated_at = clock_timestamp()
       WHERE id = $2 RETURNING event_seq
     ), moved AS (
       UPDATE thread SET conversation_id = $2 WHERE conversation_id = $1
     )
     SELECT closed.event_seq AS closed, continued.event_seq AS into FROM closed, continued`,
    [closed, into],
  );
  return { closed, into, closedEventSeq: numbers!.closed, intoEventSeq: numbers!.into };
}

const IDENTITY = `
  SELECT identity.id, identity.kind, identity.contact_id AS "contactId", identity.phone_sealed AS "phoneSealed", EXISTS (
    SELECT 1 FROM identity AS other WHERE other.contact_id = identity.contact_id AND other.id <> identity.id
  ) AS "hasOthers"
  FROM identity`;

interface IdentityRow {
  id: IdentityId;
  kind: IdentityKind;
  readonly contactId: ContactId;
  readonly phoneSealed: string;
  readonly hasOthers: boolean;
}

function knownIdentity({ id, kind, contactId, hasOthers }: IdentityRow): KnownIdentity {
  return { identityId: id, kind, contactId, hasOtherIdentities: hasOthers };
}
