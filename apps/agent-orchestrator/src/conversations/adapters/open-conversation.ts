import type { CallerIdTrust } from '@parley/dialogue';
import type { AgentId, ContactId, ConversationId, E164, IdentityId } from '@parley/kernel';
import { rows, type Transaction } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import type { Identity } from '../../channels/channel.js';
import type { NewConversation } from '../conversation-log.js';
import type { EndedLink } from '../identity-link.js';
import { lockConversation } from './conversation-lock.js';
import type { AddressColumns, IdentityColumn } from './address-columns.js';
import { endLink, IS_LINK_IDLE, joinLink } from './identity-links.js';

export interface Correspondents {
  /** The person's identity. A person without an identity becomes a new contact. */
  readonly identity: Identity | undefined;
  /** The agent that the person reaches, if the caller knows it. */
  readonly agentId?: AgentId | undefined;
  /**
   * Our number that the person reaches. Without `agentId`, the agent of this number answers, or else the default agent.
   */
  readonly line: E164 | undefined;
}

export interface OpenedConversation {
  readonly conversation: {
    conversationId: ConversationId;
    contactId: ContactId;
    identityId: IdentityId | undefined;
    callerIdTrust: CallerIdTrust;
  };
  /** Set if the conversation was created just now. */
  readonly begun: NewConversation | undefined;
  /** The link of the identity that ended just now, because nobody used it for too long. */
  readonly endedLink: EndedLink | undefined;
}

/**
 * Finds the contact of an identity and the contact's open conversation with the agent; creates what is
 * missing. Concurrent callers with the same identity wait for each other. All reads come before the first
 * write, unless an idle link of the identity ends.
 */
export async function openConversation(
  tx: Transaction,
  { people, lines }: AddressColumns,
  { identity, agentId, line }: Correspondents,
): Promise<OpenedConversation> {
  const indexes = identity ? people.indexes(identity) : [];
  await lockIdentities(tx, indexes);
  const known = identity && (await ownerOf(tx, identity, indexes));
  const endedLink = known?.isIdle
    ? await endLink(tx, { identityId: known.id, kind: identity!.kind, contactId: known.contactId }, 'idle')
    : undefined;
  const contactId = endedLink?.newContactId ?? known?.contactId;
  const agent = await agentFor(tx, agentId, line ? lines.indexes(line) : []);
  const { callerIdTrust } = agent;
  const open = contactId && (await openConversationOf(tx, contactId, agent.id));
  if (contactId && open) {
    const conversation = { conversationId: open, contactId, identityId: known?.id, callerIdTrust };
    return { conversation, begun: undefined, endedLink };
  }
  const conversationId = newId('conv');
  await lockConversation(tx, conversationId);
  const owner = contactId ? { contactId, identityId: known?.id } : await insertContact(tx, people, identity);
  const createdAt = await insertConversation(tx, conversationId, owner.contactId, agent.id);
  return {
    conversation: { conversationId, ...owner, callerIdTrust },
    begun: { conversationId, contactId: owner.contactId, agentId: agent.id, createdAt },
    endedLink,
  };
}

/**
 * Locks identities by their indexes, one under each live key and in sorted order, so that replicas that write under
 * different keys wait for each other.
 */
export async function lockIdentities(tx: Transaction, indexes: readonly string[]): Promise<void> {
  await rows(
    tx,
    'SELECT pg_advisory_xact_lock(hashtextextended(number, 1)) FROM unnest($1::text[]) AS number',
    [indexes.toSorted()],
  );
}

async function ownerOf(
  tx: Transaction,
  { kind }: Identity,
  indexes: readonly string[],
): Promise<{ id: IdentityId; contactId: ContactId; isIdle: boolean | null } | undefined> {
  const [found] = await rows<{ id: IdentityId; contactId: ContactId; isIdle: boolean | null }>(
    tx,
    `SELECT identity.id, identity.contact_id AS "contactId", ${IS_LINK_IDLE} AS "isIdle"
     FROM identity ${joinLink('identity.id')}
     WHERE kind = $2 AND phone_index = ANY($1) ORDER BY identity.id LIMIT 1`,
    [indexes, kind],
  );
  return found;
}

async function agentFor(
  tx: Transaction,
  decided: AgentId | undefined,
  lineIndexes: readonly string[],
): Promise<{ id: AgentId; callerIdTrust: CallerIdTrust }> {
  const [agent] = await rows<{ id: AgentId; callerIdTrust: CallerIdTrust }>(
    tx,
    `SELECT id, caller_id_trust AS "callerIdTrust" FROM agent
     WHERE id = $1 OR id = ${answeringAgent('$2')}
     ORDER BY id = $1 DESC NULLS LAST LIMIT 1`,
    [decided ?? null, lineIndexes],
  );
  if (!agent) throw new Error('There is no default agent. Set AGENTS_FILE and run the migrations.');
  return agent;
}

/** Returns SQL for the id of the agent that answers the number with these indexes, or else of the default agent. */
export function answeringAgent(lineIndexes: string): string {
  return `coalesce((SELECT agent_id FROM agent_number WHERE phone_index = ANY(${lineIndexes}::text[])),
                   (SELECT id FROM agent WHERE is_default))`;
}

async function openConversationOf(
  tx: Transaction,
  contactId: ContactId,
  agentId: AgentId,
): Promise<ConversationId | undefined> {
  const [open] = await rows<{ id: ConversationId }>(
    tx,
    `SELECT id FROM conversation WHERE contact_id = $1 AND agent_id = $2 AND status = 'open'`,
    [contactId, agentId],
  );
  return open?.id;
}

/** Creates a contact, with this identity if there is one. */
export async function insertContact(
  tx: Transaction,
  people: IdentityColumn,
  identity: Identity | undefined,
): Promise<{ contactId: ContactId; identityId: IdentityId | undefined }> {
  const contactId = newId('ctc');
  await rows(tx, 'INSERT INTO contact (id) VALUES ($1)', [contactId]);
  return { contactId, identityId: identity && (await insertIdentity(tx, people, identity, contactId)) };
}

/** Stores an identity that the log does not have. The transaction holds the lock of the identity. */
export async function insertIdentity(
  tx: Transaction,
  people: IdentityColumn,
  identity: Identity,
  contactId: ContactId,
): Promise<IdentityId> {
  const identityId = newId('idn');
  const { sealed, index } = people.seal(identity, identityId);
  await rows(
    tx,
    `INSERT INTO identity (id, contact_id, kind, phone_sealed, phone_index) VALUES ($1, $2, $3, $4, $5)`,
    [identityId, contactId, identity.kind, sealed, index],
  );
  return identityId;
}

/** Inserts a conversation. Its `event_seq` starts at 1, the number of `ConversationCreated`. */
async function insertConversation(
  tx: Transaction,
  id: ConversationId,
  contactId: ContactId,
  agentId: AgentId,
): Promise<Date> {
  const [conversation] = await rows<{ createdAt: Date }>(
    tx,
    `INSERT INTO conversation (id, contact_id, agent_id, event_seq) VALUES ($1, $2, $3, 1)
     RETURNING created_at AS "createdAt"`,
    [id, contactId, agentId],
  );
  await rows(tx, `INSERT INTO lane (id, conversation_id, kind) VALUES ($1, $2, 'text')`, [newId('lane'), id]);
  return conversation!.createdAt;
}
