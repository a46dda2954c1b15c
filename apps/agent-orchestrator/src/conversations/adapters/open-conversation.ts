import type { CallerIdTrust } from '@parley/dialogue';
import type { AgentId, ContactId, ConversationId, E164 } from '@parley/kernel';
import { rows, type Transaction } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import type { Identity } from '../../channels/channel.js';
import type { NewConversation } from '../conversation-log.js';
import { lockConversation } from './conversation-lock.js';
import type { AddressColumns, IdentityColumn } from './address-columns.js';

export interface Correspondents {
  /** The person's identity. A person without an identity becomes a new contact. */
  identity: Identity | undefined;
  /** The agent that the person reaches, if the caller knows it. */
  agentId?: AgentId | undefined;
  /**
   * Our number that the person reaches. Without `agentId`, the agent of this number answers, or else the default agent.
   */
  line: E164 | undefined;
}

export interface OpenConversation {
  conversation: { conversationId: ConversationId; contactId: ContactId; callerIdTrust: CallerIdTrust };
  /** Set if the conversation was created just now. */
  begun: NewConversation | undefined;
}

/**
 * Finds the contact of an identity and the contact's open conversation with the agent; creates what is
 * missing. Concurrent callers with the same identity wait for each other. All reads come before the first
 * write.
 */
export async function openConversation(
  tx: Transaction,
  { people, lines }: AddressColumns,
  { identity, agentId, line }: Correspondents,
): Promise<OpenConversation> {
  const indexes = identity ? people.indexes(identity) : [];
  await lockIdentity(tx, indexes);
  const contactId = identity && (await contactOf(tx, identity, indexes));
  const agent = await agentFor(tx, agentId, line ? lines.indexes(line) : []);
  const { callerIdTrust } = agent;
  const open = contactId && (await openConversationOf(tx, contactId, agent.id));
  if (contactId && open)
    return { conversation: { conversationId: open, contactId, callerIdTrust }, begun: undefined };
  const conversationId = newId('conv');
  await lockConversation(tx, conversationId);
  const owner = contactId ?? (await insertContact(tx, people, identity));
  const createdAt = await insertConversation(tx, conversationId, owner, agent.id);
  return {
    conversation: { conversationId, contactId: owner, callerIdTrust },
    begun: { conversationId, contactId: owner, agentId: agent.id, createdAt },
  };
}

/**
 * Locks the index under each live key, in sorted order, so that replicas that write under different keys wait
 * for each other.
 */
async function lockIdentity(tx: Transaction, indexes: readonly string[]): Promise<void> {
  await rows(
    tx,
    'SELECT pg_advisory_xact_lock(hashtextextended(number, 1)) FROM unnest($1::text[]) AS number',
    [indexes.toSorted()],
  );
}

async function contactOf(
  tx: Transaction,
  { kind }: Identity,
  indexes: readonly string[],
): Promise<ContactId | undefined> {
  const [found] = await rows<{ contact_id: ContactId }>(
    tx,
    `SELECT contact_id FROM identity WHERE kind = $2 AND phone_index = ANY($1) ORDER BY id LIMIT 1`,
    [indexes, kind],
  );
  return found?.contact_id;
}

async function agentFor(
  tx: Transaction,
  decided: AgentId | undefined,
  lineIndexes: readonly string[],
): Promise<{ id: AgentId; callerIdTrust: CallerIdTrust }> {
  const [agent] = await rows<{ id: AgentId; caller_id_trust: CallerIdTrust }>(
    tx,
    `SELECT id, caller_id_trust FROM agent
     WHERE id = $1 OR id = ${answering('$2')}
     ORDER BY id = $1 DESC NULLS LAST LIMIT 1`,
    [decided ?? null, lineIndexes],
  );
  if (!agent) throw new Error('There is no default agent. Set AGENTS_FILE and run the migrations.');
  return { id: agent.id, callerIdTrust: agent.caller_id_trust };
}

/** Returns SQL for the id of the agent that answers the number with these indexes, or else of the default agent. */
export function answering(lineIndexes: string): string {
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

async function insertContact(
  tx: Transaction,
  people: IdentityColumn,
  identity: Identity | undefined,
): Promise<ContactId> {
  const contactId = newId('ctc');
  await rows(tx, 'INSERT INTO contact (id) VALUES ($1)', [contactId]);
  if (!identity) return contactId;
  const identityId = newId('idn');
  const { sealed, index } = people.seal(identity, identityId);
  await rows(
    tx,
    `INSERT INTO identity (id, contact_id, kind, phone_sealed, phone_index) VALUES ($1, $2, $3, $4, $5)`,
    [identityId, contactId, identity.kind, sealed, index],
  );
  return contactId;
}

/** `event_seq` starts at 1, the number of `ConversationCreated`. */
async function insertConversation(
  tx: Transaction,
  id: ConversationId,
  contactId: ContactId,
  agentId: AgentId,
): Promise<Date> {
  const [conversation] = await rows<{ created_at: Date }>(
    tx,
    `INSERT INTO conversation (id, contact_id, agent_id, event_seq) VALUES ($1, $2, $3, 1) RETURNING created_at`,
    [id, contactId, agentId],
  );
  await rows(tx, `INSERT INTO lane (id, conversation_id, kind) VALUES ($1, $2, 'text')`, [newId('lane'), id]);
  return conversation!.created_at;
}
