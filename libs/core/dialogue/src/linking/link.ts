import type { AgentId, ContactId, ConversationId } from '@parley/kernel';

/** A link that nobody used for this long must be verified again: the number may belong to another person by now. */
export const LINK_IDLE_MS = 90 * 24 * 60 * 60_000;

/** The last use of a link. */
export interface LinkUse {
  /** When the identity last wrote or called; at least the time when the link began. */
  readonly lastUsedAtMs: number;
}

/** Returns whether a link still proves that the identity belongs to its contact. */
export function isLinkCurrent({ lastUsedAtMs }: LinkUse, nowMs: number): boolean {
  return nowMs - lastUsedAtMs < LINK_IDLE_MS;
}

/** The contact that has an identity now. */
export interface IdentityOwner {
  readonly contactId: ContactId;
  /** Whether the contact has other identities, such as a web user id. */
  readonly hasOtherIdentities: boolean;
}

/**
 * What a proof does to an identity. `attach`: adds it, because the log did not know it. `renew`: leaves it with its
 * contact. `merge`: makes one contact of two, because its contact has no other identity. `move`: takes it from a
 * contact that has others.
 */
export type LinkDecision =
  | { kind: 'attach' }
  | { kind: 'renew' }
  | { kind: 'merge'; absorbed: ContactId }
  | { kind: 'move'; from: ContactId };

/** Decides what it means that a contact proved to own an identity. One contact at a time owns an identity. */
export function decideLink(claimant: ContactId, owner: IdentityOwner | undefined): LinkDecision {
  if (!owner) return { kind: 'attach' };
  if (owner.contactId === claimant) return { kind: 'renew' };
  return owner.hasOtherIdentities
    ? { kind: 'move', from: owner.contactId }
    : { kind: 'merge', absorbed: owner.contactId };
}

/**
 * What the end of a link does. `separate`: the identity gets a contact of its own. `forget-proof`: the contact has no other
 * identity and stays as it is, unverified.
 */
export type UnlinkDecision =
  { kind: 'separate' } | { kind: 'forget-proof' } | { kind: 'ignore'; reason: 'not-linked' };

/** Decides what it means that the link of an identity ends. */
export function decideUnlink(isLinked: boolean, hasOtherIdentities: boolean): UnlinkDecision {
  if (!isLinked) return { kind: 'ignore', reason: 'not-linked' };
  return { kind: hasOtherIdentities ? 'separate' : 'forget-proof' };
}

/** An open conversation of one of two contacts that become one. */
export interface OpenConversation {
  readonly conversationId: ConversationId;
  readonly agentId: AgentId;
  readonly startedAtMs: number;
}

/** A conversation that ends because another one with the same agent goes on. */
export interface ConversationMerge {
  readonly closed: ConversationId;
  readonly into: ConversationId;
}

/**
 * Decides which conversations end when the contacts of these open conversations become one: a contact has one open
 * conversation with an agent, and the oldest goes on. Nothing is renumbered.
 */
export function mergedConversations(open: readonly OpenConversation[]): ConversationMerge[] {
  const oldest = new Map<AgentId, OpenConversation>();
  for (const each of open) {
    const known = oldest.get(each.agentId);
    if (!known || startedBefore(each, known)) oldest.set(each.agentId, each);
  }
  return open.flatMap(({ conversationId: closed, agentId }) => {
    const into = oldest.get(agentId)!.conversationId;
    return closed === into ? [] : [{ closed, into }];
  });
}

function startedBefore(a: OpenConversation, b: OpenConversation): boolean {
  if (a.startedAtMs !== b.startedAtMs) return a.startedAtMs < b.startedAtMs;
  return a.conversationId < b.conversationId;
}
