import { z } from 'zod';
import { defineRequest } from '../define.js';
import { openEnum, PhoneNumber, ThreadId } from '../fields.js';

/**
 * Whether the person of a thread may be texted; null when there is no such thread. The gateway checks it again when it
 * sends a text. The orchestrator uses this answer only to choose what the agent says.
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
 * The thread between a person and a line of ours, created if they never texted it; a repeated request changes
 * nothing. The line is the configured one, unless `from` names another. Null for a number of our own.
 */
export const OpenTextThread = defineRequest('gateway.open-thread', 1, {
  askedBy: ['agent-orchestrator'],
  input: z.object({ to: PhoneNumber, from: PhoneNumber.optional() }),
  output: z.object({ threadId: ThreadId }).nullable(),
  summary: 'Find or create the thread between a person and a line of ours.',
  exampleInput: { to: '+15550100001', from: '+15550100000' },
  exampleOutput: { threadId: 'thr_01k9wm3v7hq2b8yjr5xet6c4dn' },
});
