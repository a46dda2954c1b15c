import { z } from 'zod';
import { defineFact, type DataOf } from '../define.js';
import { MessageId, ThreadId, Timestamp } from '../fields.js';
import { secret } from '../secret.js';

const DAY_MS = 24 * 3_600_000;

/** The id of a person in the customer's own system, or the id that we gave to an anonymous visitor. */
export const WebUserId = z.string().min(1).max(128);

/** A person wrote to us in web chat. Keyed by thread and numbered within it, so that a burst keeps its order. */
export const WebMessageReceived = defineFact(
  'web.message-received',
  1,
  z.object({
    threadId: ThreadId,
    /** The gateway's number of this message in its thread, from 1. Redelivery may reorder messages; this is their order. */
    threadSeq: z.int().min(1),
    /** The id that the person's client was given for the message. */
    messageId: MessageId,
    userId: secret(WebUserId),
    text: secret(z.string().min(1)),
    receivedAt: Timestamp,
  }),
  {
    summary: 'A person wrote to us in web chat.',
    key: 'threadId',
    publishedBy: 'sms-gateway',
    consumers: ['agent-orchestrator'],
    actWithinMs: DAY_MS,
    example: {
      threadId: 'thr_01k9wm3v7hq2b8yjr5xet6c4dn',
      threadSeq: 1,
      messageId: 'msg_01k9wm3v7hq2b8yjr5xet6c4dn',
      userId: 'ada',
      text: 'Hello! Are you open on Sunday?',
      receivedAt: '2026-01-02T03:04:05.678Z',
    },
  },
);
export type WebMessageReceived = DataOf<typeof WebMessageReceived>;
