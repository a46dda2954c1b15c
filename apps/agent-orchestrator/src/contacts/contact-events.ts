import { ContactMerged, ConversationClosed, ConversationMerged, IdentityLinked } from '@parley/contracts';
import type { ContactId } from '@parley/kernel';
import type { OutboxMessage } from '@parley/persistence';
import type { IdentityKind } from '../channels/channel.js';
import { conversationEvent } from '../conversations/conversation-event.js';
import type { MergedConversation, NewLink } from './contact-store.js';

/** Makes the event of a new link. */
export function identityLinked(
  { identityId, contactId, formerContactId, proof, linkedAt }: NewLink,
  kind: IdentityKind,
): OutboxMessage {
  const { via } = proof;
  return {
    contract: IdentityLinked,
    data: {
      contactId,
      identityId,
      kind,
      via,
      ...(via === 'verification' && { verificationId: proof.verificationId }),
      ...(formerContactId && { formerContactId }),
      linkedAt: linkedAt.toISOString(),
    },
  };
}

/** Makes the event of two contacts that became one. */
export function contactMerged(contactId: ContactId, mergedContactId: ContactId, now: Date): OutboxMessage {
  return { contract: ContactMerged, data: { contactId, mergedContactId, mergedAt: now.toISOString() } };
}

/** Makes the two events of a conversation that was closed because another one goes on. */
export function conversationsMerged(
  { closed, into, closedEventSeq, intoEventSeq }: MergedConversation,
  contactId: ContactId,
  now: Date,
): OutboxMessage[] {
  const at = now.toISOString();
  return [
    conversationEvent(ConversationClosed, closedEventSeq, {
      conversationId: closed,
      contactId,
      reason: 'merged',
      mergedInto: into,
      closedAt: at,
    }),
    conversationEvent(ConversationMerged, intoEventSeq, {
      conversationId: into,
      contactId,
      mergedConversationId: closed,
      mergedAt: at,
    }),
  ];
}
