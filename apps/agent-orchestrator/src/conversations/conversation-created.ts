import { ConversationCreated, type Channel } from '@parley/contracts';
import type { OutboxMessage } from '@parley/persistence';
import { conversationEvent } from './conversation-event.js';
import type { NewConversation } from './conversation-log.js';

/** Returns the first event of a conversation. */
export function conversationCreated(begun: NewConversation, channel: Channel): OutboxMessage {
  const { conversationId, contactId, agentId, createdAt } = begun;
  return conversationEvent(ConversationCreated, 1, {
    conversationId,
    contactId,
    agentId,
    channel,
    createdAt: createdAt.toISOString(),
  });
}
