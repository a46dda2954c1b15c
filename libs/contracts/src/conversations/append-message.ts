import { z } from 'zod';
import { defineCommand, type DataOf } from '../define.js';
import { ConversationId, LineId, MessageId, openEnum, PhoneNumber, ThreadId, Timestamp } from '../fields.js';
import { secret } from '../secret.js';

/**
 * Something is to be said to a contact from outside a turn: by REST, or because their call broke off. It is appended to
 * the log first; the log then sends it. Addressed to a conversation, or by thread to a number that may not have one yet.
 */
export const AppendMessage = defineCommand(
  'conversation.append',
  1,
  z.object({
    /** The conversation, or the thread: what orders these commands. */
    target: z.union([ConversationId, ThreadId]),
    /** By REST, minted by the gateway and already told to the caller. */
    messageId: MessageId,
    text: secret(z.string().min(1)),
    author: openEnum(['agent', 'human']),
    /**
     * With a thread as target, whom it connects: the person's number, our own, and the line of that. With a conversation as
     * target, between whom a thread is to be made where the contact was never texted.
     */
    to: secret(PhoneNumber).optional(),
    from: secret(PhoneNumber).optional(),
    lineId: LineId.optional(),
    /** With a conversation as target whose contact was never texted: the thread that was made for them. */
    threadId: ThreadId.optional(),
    requestedAt: Timestamp,
    /** After this moment the message is no longer worth sending. */
    validUntil: Timestamp,
  }),
  {
    summary: 'Append a message to the contact to the log, and send it.',
    key: 'target',
    consumers: ['agent-orchestrator'],
    example: {
      target: 'conv_01k9wm3v7hq2b8yjr5xet6c4dn',
      messageId: 'msg_01k9wm3v7hq2b8yjr5xet6c4dn',
      text: 'Your table is ready.',
      author: 'human',
      requestedAt: '2026-01-02T03:04:05.678Z',
      validUntil: '2026-01-02T05:04:05.678Z',
    },
  },
);
export type AppendMessage = DataOf<typeof AppendMessage>;
