import { z } from 'zod';
import { defineFact, type DataOf } from '../define.js';
import { openEnum, ThreadId, Timestamp } from '../fields.js';

/** A person's decision about texts from us. */
export const ConsentChange = openEnum(['opted-out', 'opted-in']);
export type ConsentChange = z.output<typeof ConsentChange>;

/** A person opted out of texts, or in again, for all of our lines. */
export const ConsentChanged = defineFact(
  'sms.consent-changed',
  1,
  z.object({
    threadId: ThreadId,
    change: ConsentChange,
    /** How the gateway learned of the change: by a keyword, or by the carrier's refusal of a text. */
    via: openEnum(['keyword', 'carrier']),
    occurredAt: Timestamp,
  }),
  {
    summary: 'A person opted out of texts, or in again.',
    key: 'threadId',
    publishedBy: 'sms-gateway',
    consumers: ['agent-orchestrator'],
    example: {
      threadId: 'thr_01k9wm3v7hq2b8yjr5xet6c4dn',
      change: 'opted-out',
      via: 'keyword',
      occurredAt: '2026-01-02T03:04:05.678Z',
    },
  },
);
export type ConsentChanged = DataOf<typeof ConsentChanged>;
