import { z } from 'zod';
import { defineCommand, type DataOf } from '../define.js';
import { PhoneNumber, Timestamp, VerificationId } from '../fields.js';
import { secret } from '../secret.js';
import { verificationExample } from './verification.js';

/** Sends a code as an SMS, at most once: a code whose outcome is unknown is not sent again, and it enters no conversation. */
export const SendCode = defineCommand(
  'verification.send-code',
  1,
  z.object({
    verificationId: VerificationId,
    /** Which code of the verification it is, from 1. */
    codeNo: z.int().min(1),
    to: secret(PhoneNumber),
    text: secret(z.string().min(1)),
    /** When the code expires: after this it is not sent. */
    validUntil: Timestamp,
  }),
  {
    summary: 'Send a code of a verification as an SMS.',
    key: 'verificationId',
    publishedBy: 'verification',
    consumers: ['sms-gateway'],
    example: {
      verificationId: verificationExample.id,
      codeNo: 1,
      to: verificationExample.to,
      text: 'Your verification code is 123456. It is valid for 10 minutes. Do not share it.',
      validUntil: verificationExample.expiresAt,
    },
  },
);
export type SendCode = DataOf<typeof SendCode>;
