import { z } from 'zod';
import { defineCommand, type DataOf } from '../define.js';
import { MessageId, openEnum, ThreadId, Timestamp } from '../fields.js';
import { secret } from '../secret.js';

/** A message of the log goes out as an SMS. The gateway knows the thread's number and line; we only name the thread. */
export const SendSms = defineCommand(
  'sms.send',
  1,
  z.object({
    threadId: ThreadId,
    messageId: MessageId,
    /** The message that goes out on this thread before it; replicas of the gateway take commands in in any order. */
    follows: MessageId.optional(),
    text: secret(z.string().min(1)),
    /** How the text is written. Markdown, as models write it and the default, is stripped; plain text goes out as it is. */
    format: openEnum(['markdown', 'plain']).optional(),
    /** After this moment the text is no longer worth sending. */
    validUntil: Timestamp,
  }),
  {
    summary: 'Send one message of the conversation log as an SMS on its thread.',
    key: 'threadId',
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
