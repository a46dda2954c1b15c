import { z } from 'zod';
import { defineCommand, type DataOf } from '../define.js';
import { MessageId, openEnum, ThreadId, Timestamp } from '../fields.js';
import { secret } from '../secret.js';

/**
 * Sends a message of the log as an SMS. The gateway knows the thread's number and line; the command names only the
 * thread.
 */
export const SendSms = defineCommand(
  'sms.send',
  1,
  z.object({
    threadId: ThreadId,
    messageId: MessageId,
    /**
     * The message that must be sent on this thread before this message. The gateway's replicas receive
     * commands in any order.
     */
    follows: MessageId.optional(),
    text: secret(z.string().min(1)),
    /**
     * The format of the text. Markdown, the default, is stripped; plain text is sent unchanged.
     */
    format: openEnum(['markdown', 'plain']).optional(),
    /** After this time the text is no longer worth sending. */
    validUntil: Timestamp,
  }),
  {
    summary: 'Send one message of the conversation log as an SMS on its thread.',
    key: 'threadId',
    publishedBy: 'agent-orchestrator',
    consumers: ['sms-gateway'],
    example: {
      threadId: 'thr_01k9wm3v7hq2b8yjr5xet6c4dn',
      messageId: 'msg_01k9wm3v7hq2b8yjr5xet6c4dn',
      follows: 'msg_01k9wm3v7hq2b8yjr5xet6c4dm',
      text: 'Yes, from 10 to 16. Shall I keep a table for you?',
      validUntil: '2026-01-02T05:04:05.678Z',
    },
  },
);
export type SendSms = DataOf<typeof SendSms>;
