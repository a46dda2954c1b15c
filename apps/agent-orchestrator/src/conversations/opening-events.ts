import { ConversationCreated, type Channel } from '@parley/contracts';
import type { OutboxMessage } from '@parley/persistence';
import { conversationEvent } from './conversation-event.js';
import type { NewConversation } from './conversation-log.js';
import { type EndedLink, identityUnlinked } from './identity-link.js';

/** Returns the first event of a conversation. */
function conversationCreated(begun: NewConversation, channel: Channel): OutboxMessage {
  const { conversationId, contactId, agentId, createdAt } = begun;
  return conversationEvent(ConversationCreated, 1, {
    conversationId,
    contactId,
    agentId,
    channel,
    createdAt: createdAt.toISOString(),
  });
}

/** Returns the events of opening a thread or call: of the conversation that it created, and of the idle link that it ended. */
export function openingEvents(
  { begun, endedLink }: { begun: NewConversation | undefined; endedLink: EndedLink | undefined },
  channel: Channel,
): OutboxMessage[] {
  return [
    ...(endedLink ? [identityUnlinked(endedLink, new Date())] : []),
    ...(begun ? [conversationCreated(begun, channel)] : []),
  ];
}
