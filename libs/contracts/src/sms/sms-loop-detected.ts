import { z } from 'zod';
import { defineFact, type DataOf } from '../define.js';
import { openEnum, ThreadId, Timestamp } from '../fields.js';

/** Why a thread counts as a loop: too many replies, equal texts in a row, or the carrier's own protection. */
export const LoopReason = openEnum(['reply-cap', 'repeated-text', 'carrier']);
export type LoopReason = z.output<typeof LoopReason>;

/** Two machines seem to text each other on a thread. The agent does not answer the thread's texts for now. */
export const SmsLoopDetected = defineFact(
  'sms.loop-detected',
  1,
  z.object({ threadId: ThreadId, reason: LoopReason, occurredAt: Timestamp }),
  {
    summary: 'Two machines seem to text each other on a thread.',
    key: 'threadId',
    publishedBy: 'sms-gateway',
    consumers: ['agent-orchestrator'],
    example: {
      threadId: 'thr_01k9wm3v7hq2b8yjr5xet6c4dn',
      reason: 'reply-cap',
      occurredAt: '2026-01-02T03:04:05.678Z',
    },
  },
);
export type SmsLoopDetected = DataOf<typeof SmsLoopDetected>;
