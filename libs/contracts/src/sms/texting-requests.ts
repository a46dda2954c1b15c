import { z } from 'zod';
import { defineRequest } from '../define.js';
import { openEnum, PhoneNumber, ThreadId } from '../fields.js';

/**
 * Whether the person of a thread may be texted; null when there is no such thread. It is checked again when a text is
 * sent: who asks wants to say so, not to be safe.
 */
export const CheckConsent = defineRequest('gateway.check-consent', 1, {
  input: z.object({ threadId: ThreadId }),
  output: z.object({ consent: openEnum(['given', 'opted-out']) }).nullable(),
  summary: 'Ask whether a person may be texted.',
  exampleInput: { threadId: 'thr_01k9wm3v7hq2b8yjr5xet6c4dn' },
  exampleOutput: { consent: 'given' },
});

/**
 * The thread of a person with a line of ours, made when they never texted on it: asking again changes nothing. The
 * configured line, unless `from` is another one. Null for a number of our own.
 */
export const OpenTextThread = defineRequest('gateway.open-thread', 1, {
  input: z.object({ to: PhoneNumber, from: PhoneNumber.optional() }),
  output: z.object({ threadId: ThreadId }).nullable(),
  summary: 'Find or make the thread by which a person is texted from a line of ours.',
  exampleInput: { to: '+15550100001', from: '+15550100000' },
  exampleOutput: { threadId: 'thr_01k9wm3v7hq2b8yjr5xet6c4dn' },
});
