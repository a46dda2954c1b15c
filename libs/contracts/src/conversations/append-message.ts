import { z } from 'zod';
import { defineCommand, type DataOf } from '../define.js';
import { ConversationId, LineId, MessageId, openEnum, PhoneNumber, ThreadId, Timestamp } from '../fields.js';
import { secret } from '../secret.js';

/**
 * A message to a contact that no turn writes: an operator message, or the apology after a call that broke
 * off. The orchestrator adds it to the log and sends it. The target is a conversation, or a thread if the
 * number may have no conversation yet.
 */
export const AppendMessage = defineCommand(
  'conversation.append',
  1,
  z.object({
    /** The conversation or the thread: the ordering key of these commands. */
    target: z.union([ConversationId, ThreadId]),
    /** For a message by REST, the gateway has returned this id to the caller. */
    messageId: MessageId,
    text: secret(z.string().min(1)),
    author: openEnum(['agent', 'human']),
    /**
     * With a thread as target: the person's number, our number and its line. With a conversation as target: the
     * numbers between which a thread is to be created if the contact was never texted.
     */
    to: secret(PhoneNumber).optional(),
    from: secret(PhoneNumber).optional(),
    lineId: LineId.optional(),
    /** With a conversation as target whose contact was never texted: the thread that was created for the contact. */
    threadId: ThreadId.optional(),
    requestedAt: Timestamp,
    /** After this time the message is no longer worth sending. */
    validUntil: Timestamp,
  }),
  {
    summary: 'Append a message to the contact to the log, and send it.',
    key: 'target',
    publishedBy: 'sms-gateway',
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
