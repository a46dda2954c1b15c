import { z } from 'zod';
import { defineRequest } from '../define.js';
import { openEnum, PhoneNumber, ThreadId } from '../fields.js';

/**
 * Asks whether the person of a thread may be texted; null if the thread does not exist. The gateway checks
 * again when it sends a text. The answer only lets the agent say why it sends none.
 */
export const CheckConsent = defineRequest('gateway.check-consent', 1, {
  askedBy: ['agent-orchestrator'],
  input: z.object({ threadId: ThreadId }),
  output: z.object({ consent: openEnum(['given', 'opted-out']) }).nullable(),
  summary: 'Ask whether a person may be texted.',
  exampleInput: { threadId: 'thr_01k9wm3v7hq2b8yjr5xet6c4dn' },
  exampleOutput: { consent: 'given' },
});

/**
 * Finds the thread between a person and one of our lines, or creates it. Without `from`, the line is the
 * configured one. Null if `to` is one of our own numbers.
 */
export const OpenTextThread = defineRequest('gateway.open-thread', 1, {
  askedBy: ['agent-orchestrator'],
  input: z.object({ to: PhoneNumber, from: PhoneNumber.optional() }),
  output: z.object({ threadId: ThreadId }).nullable(),
  summary: 'Find or create the thread between a person and a line of ours.',
  exampleInput: { to: '+15550100001', from: '+15550100000' },
  exampleOutput: { threadId: 'thr_01k9wm3v7hq2b8yjr5xet6c4dn' },
});
