import { z } from 'zod';
import { defineFact, type DataOf } from '../define.js';
import { LineId, openEnum, PhoneNumber, ThreadId, Timestamp } from '../fields.js';
import { secret } from '../secret.js';
import { InboundMedia } from './inbound-media.js';

const DAY_MS = 24 * 3_600_000;

/** A person texted one of our lines. Keyed by thread and numbered within it, so that a burst keeps its order. */
export const SmsReceived = defineFact(
  'sms.received',
  1,
  z.object({
    threadId: ThreadId,
    /**
     * The gateway's number of this text in its thread, from 1. It gives the order, because redelivery may
     * reorder messages.
     */
    threadSeq: z.int().min(1),
    lineId: LineId,
    from: secret(PhoneNumber),
    /** The line's number to which the text was sent. */
    to: secret(PhoneNumber).optional(),
    text: secret(z.string()),
    media: secret(z.array(InboundMedia)),
    providerMessageId: z.string().min(1),
    receivedAt: Timestamp,
    /**
     * Set if the agent must not answer the text: who has answered it (STOP, START, HELP), or `nobody` for a
     * text that looks like a machine's.
     */
    answeredBy: openEnum(['carrier', 'gateway', 'nobody']).optional(),
  }),
  {
    summary: 'A person texted one of our lines.',
    key: 'threadId',
    publishedBy: 'sms-gateway',
    consumers: ['agent-orchestrator'],
    actWithinMs: DAY_MS,
    example: {
      threadId: 'thr_01k9wm3v7hq2b8yjr5xet6c4dn',
      threadSeq: 1,
      lineId: 'line_01k9wm3v7hq2b8yjr5xet6c4dn',
      from: '+15550100001',
      to: '+15550100000',
      text: 'Hello! Are you open on Sunday?',
      media: [],
      providerMessageId: 'SM0123456789abcdef0123456789abcdef',
      receivedAt: '2026-01-02T03:04:05.678Z',
    },
  },
);
export type SmsReceived = DataOf<typeof SmsReceived>;
