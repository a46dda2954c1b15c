import { z } from 'zod';
import { defineFact, type DataOf } from '../define.js';
import { Timestamp, VerificationId } from '../fields.js';
import { SmsStatus } from '../sms/sms-status-changed.js';
import { verificationExample } from './verification.js';

/** The delivery status of a code that was sent as an SMS was raised. */
export const CodeStatusChanged = defineFact(
  'verification.code-status-changed',
  1,
  z.object({
    verificationId: VerificationId,
    codeNo: z.int().min(1),
    status: SmsStatus,
    occurredAt: Timestamp,
  }),
  {
    summary: 'The delivery status of a code was raised.',
    key: 'verificationId',
    publishedBy: 'sms-gateway',
    consumers: ['verification'],
    example: {
      verificationId: verificationExample.id,
      codeNo: 1,
      status: 'delivered',
      occurredAt: '2026-01-02T03:04:09.000Z',
    },
  },
);
export type CodeStatusChanged = DataOf<typeof CodeStatusChanged>;
