import { MessageQueued, SendSms } from '@parley/contracts';
import type { ConversationId, MessageId, ThreadId, TurnId } from '@parley/kernel';
import type { OutboxMessage } from '@parley/persistence';
import { conversationEvent } from './conversation-event.js';
import type { AppendedOutside } from './conversation-log.js';

interface LoggedText {
  conversationId: ConversationId;
  messageId: MessageId;
  threadId: ThreadId;
  author: 'agent' | 'human';
  text: string;
  validUntil: string;
  turnId?: TurnId;
}

/** What goes out with a text of ours that was added to the log: the command to send it, and the event of it. */
export function textMessages(
  { conversationId, messageId, threadId, author, text, validUntil, turnId }: LoggedText,
  { seq, eventSeq, follows }: AppendedOutside,
): OutboxMessage[] {
  return [
    {
      contract: SendSms,
      data: {
        threadId,
        messageId,
        ...(follows && { follows }),
        text,
        validUntil,
        ...(author === 'human' && { format: 'plain' as const }),
      },
    },
    conversationEvent(MessageQueued, eventSeq, {
      conversationId,
      messageId,
      seq,
      channel: 'sms',
      author,
      text,
      ...(turnId && { turnId }),
      queuedAt: new Date().toISOString(),
    }),
  ];
}
