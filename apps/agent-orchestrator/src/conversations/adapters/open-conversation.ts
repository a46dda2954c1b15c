import type { CallerIdTrust } from '@parley/dialogue';
import type { AgentId, ContactId, ConversationId, E164 } from '@parley/kernel';
import { rows, type PhoneColumn, type Transaction } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import type { NewConversation } from '../conversation-log.js';
import { lockConversation } from './conversation-lock.js';

export interface Correspondents {
  /** The person's number; somebody without one is somebody new. */
  phone: E164 | undefined;
  /** Whom they reach. One that we do not know, or none, is the default agent. */
  agentId?: AgentId | undefined;
}

export interface OpenConversation {
  place: { conversationId: ConversationId; contactId: ContactId; callerIdTrust: CallerIdTrust };
  /** Set when it began just now. */
  begun: NewConversation | undefined;
}

/**
 * The contact of this number and their open conversation with the agent, each made where it does not exist. Everybody
 * who opens something for one number waits here; all it reads comes before all it writes.
 */
export async function openConversation(
  tx: Transaction,
  phones: PhoneColumn,
  { phone, agentId }: Correspondents,
): Promise<OpenConversation> {
  const indexes = phone ? phones.indexes(phone) : [];
  await lockNumber(tx, indexes);
  const contactId = await contactOf(tx, indexes);
  const agent = await agentFor(tx, agentId);
  const { callerIdTrust } = agent;
  const open = contactId && (await openConversationOf(tx, contactId, agent.id));
  if (contactId && open)
    return { place: { conversationId: open, contactId, callerIdTrust }, begun: undefined };
  const conversationId = newId('conv');
  await lockConversation(tx, conversationId);
  const owner = contactId ?? (await insertContact(tx, phones, phone));
  const createdAt = await insertConversation(tx, conversationId, owner, agent.id);
  return {
    place: { conversationId, contactId: owner, callerIdTrust },
    begun: { conversationId, contactId: owner, agentId: agent.id, createdAt },
  };
}

/** One lock for each index the number has under a live key, in one order, so that replicas with other keys meet here. */
async function lockNumber(tx: Transaction, indexes: readonly string[]): Promise<void> {
  await rows(
    tx,
    'SELECT pg_advisory_xact_lock(hashtextextended(number, 1)) FROM unnest($1::text[]) AS number',
    [indexes.toSorted()],
  );
}

async function contactOf(tx: Transaction, phoneIndexes: readonly string[]): Promise<ContactId | undefined> {
  const [found] = await rows<{ contact_id: ContactId }>(
    tx,
    `SELECT contact_id FROM identity WHERE kind = 'phone' AND phone_index = ANY($1) ORDER BY id LIMIT 1`,
    [phoneIndexes],
  );
  return found?.contact_id;
}

async function agentFor(
  tx: Transaction,
  wanted: AgentId | undefined,
): Promise<{ id: AgentId; callerIdTrust: CallerIdTrust }> {
  const [agent] = await rows<{ id: AgentId; caller_id_trust: CallerIdTrust }>(
    tx,
    'SELECT id, caller_id_trust FROM agent WHERE is_default OR id = $1 ORDER BY id = $1 DESC NULLS LAST LIMIT 1',
    [wanted ?? null],
  );
  if (!agent) throw new Error('there is no default agent: run the migrations with AGENTS_FILE');
  return { id: agent.id, callerIdTrust: agent.caller_id_trust };
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
  phones: PhoneColumn,
  phone: E164 | undefined,
): Promise<ContactId> {
  const contactId = newId('ctc');
  await rows(tx, 'INSERT INTO contact (id) VALUES ($1)', [contactId]);
  if (!phone) return contactId;
  const identityId = newId('idn');
  const { sealed, index } = phones.seal(phone, identityId);
  await rows(
    tx,
    `INSERT INTO identity (id, contact_id, kind, phone_sealed, phone_index) VALUES ($1, $2, 'phone', $3, $4)`,
    [identityId, contactId, sealed, index],
  );
  return contactId;
}

/** `event_seq` starts at 1: the conversation's first event is that it was created. */
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
