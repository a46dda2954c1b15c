import { z } from 'zod';
import { defineFact, type DataOf } from '../define.js';
import { MessageId, openEnum, SendId, ThreadId, Timestamp } from '../fields.js';

/**
 * The delivery status of a sent text, which only rises (see `core/sms-policy`). `unconfirmed` means that it
 * is unknown whether the vendor sent the text. It is not sent again.
 */
export const SmsStatus = openEnum(['unconfirmed', 'sent', 'delivered', 'read', 'undelivered', 'failed']);
export type SmsStatus = z.output<typeof SmsStatus>;

/** The delivery status of a sent text was raised. */
export const SmsStatusChanged = defineFact(
  'sms.status-changed',
  1,
  z.object({
    threadId: ThreadId,
    messageId: MessageId,
    sendId: SendId,
    status: SmsStatus,
    /** The vendor's error code, if it gave one. */
    errorCode: z.string().optional(),
    /** Our own reason for the failure, if the vendor gave no error code. */
    reason: z.string().optional(),
    occurredAt: Timestamp,
  }),
  {
    summary: 'The delivery status of a text we sent was raised.',
    key: 'threadId',
    publishedBy: 'sms-gateway',
    consumers: ['agent-orchestrator'],
    example: {
      threadId: 'thr_01k9wm3v7hq2b8yjr5xet6c4dn',
      messageId: 'msg_01k9wm3v7hq2b8yjr5xet6c4dn',
      sendId: 'snd_01k9wm3v7hq2b8yjr5xet6c4dn',
      status: 'undelivered',
      errorCode: '30003',
      occurredAt: '2026-01-02T03:04:09.000Z',
    },
  },
);
export type SmsStatusChanged = DataOf<typeof SmsStatusChanged>;
