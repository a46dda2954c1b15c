import { z } from 'zod';
import { defineFact, type DataOf } from '../define.js';
import { ConversationId, openEnum, PhoneNumber, Timestamp, VerificationId } from '../fields.js';
import { secret } from '../secret.js';
import {
  CodeChannel,
  verificationExample,
  VerificationFailure,
  VerificationPurpose,
  VerificationSubject,
} from './verification.js';

/**
 * A verification was started, a code was sent, or the verification ended. `blocked`: a limit refused a start; it is
 * published once for each limit and period, not for each refused start.
 */
export const VerificationChanged = defineFact(
  'verification.changed',
  1,
  z.object({
    verificationId: VerificationId,
    change: openEnum(['started', 'sent', 'approved', 'failed', 'expired', 'blocked']),
    subject: VerificationSubject,
    purpose: VerificationPurpose,
    number: secret(PhoneNumber),
    conversationId: ConversationId.optional(),
    /** With `sent`: how. */
    channel: CodeChannel.optional(),
    /** With `failed`. */
    failure: VerificationFailure.optional(),
    /** With `blocked`: the limit that was reached. */
    limit: openEnum(['number', 'prefix', 'client', 'subject', 'country', 'spend', 'conversion']).optional(),
    occurredAt: Timestamp,
  }),
  {
    summary: 'A verification was started, sent a code, or ended.',
    key: 'verificationId',
    publishedBy: 'verification',
    consumers: ['agent-orchestrator'],
    example: {
      verificationId: verificationExample.id,
      change: 'approved',
      subject: verificationExample.subject,
      purpose: verificationExample.purpose,
      number: verificationExample.to,
      conversationId: verificationExample.conversationId,
      occurredAt: '2026-01-02T03:04:35.678Z',
    },
  },
);
export type VerificationChanged = DataOf<typeof VerificationChanged>;
