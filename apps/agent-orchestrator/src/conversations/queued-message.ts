import { MessageQueued } from '@parley/contracts';
import type { ConversationId, TurnId } from '@parley/kernel';
import type { OutboxMessage } from '@parley/persistence';
import type { OutboundMessage, TextChannel } from '../channels/channel.js';
import { conversationEvent } from './conversation-event.js';
import type { AppendedOutboundMessage } from './conversation-log.js';

export interface QueuedMessage extends Omit<OutboundMessage, 'follows'> {
  readonly conversationId: ConversationId;
  readonly turnId?: TurnId | undefined;
}

/**
 * Returns the outbox messages for a message that was added to the log: the channel's delivery command and the
 * event.
 */
export function deliveryAndEventOf(
  channel: TextChannel,
  message: QueuedMessage,
  { seq, eventSeq, follows }: AppendedOutboundMessage,
): OutboxMessage[] {
  const { conversationId, messageId, threadId, author, text, validUntil, turnId } = message;
  return [
    ...channel.deliver({ messageId, threadId, follows, author, text, validUntil }),
    conversationEvent(MessageQueued, eventSeq, {
      conversationId,
      messageId,
      seq,
      channel: channel.name,
      author,
      text,
      ...(turnId && { turnId }),
      queuedAt: new Date().toISOString(),
    }),
  ];
}
