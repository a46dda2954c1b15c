import {
  VerificationCode,
  VerificationPurpose,
  VerificationSubject,
  VerificationView,
} from '@parley/contracts';
import { z } from 'zod';

const subject = VerificationSubject.shape.id.describe(
  'Who asks, as your own id: a code counts only for the subject that it was sent for. Not a phone number',
);
const clientIp = z
  .union([z.ipv4(), z.ipv6()])
  .optional()
  .describe(
    'The address of the person’s device, for the limit by address. Without it the limit counts your API key',
  );
const purpose = VerificationPurpose.describe('What the proof is for, like sign-in');

/** A request to verify a number. */
export const VerificationOrder = z.strictObject({
  to: z.string().max(64).describe('The person’s number, like +15550100001'),
  subject,
  purpose,
  clientIp,
});
export type VerificationOrder = z.output<typeof VerificationOrder>;

/** A request to check a code. */
export const CheckOrder = z.strictObject({ subject, purpose, code: VerificationCode });
export type CheckOrder = z.output<typeof CheckOrder>;

/** A request to send another code. */
export const ResendOrder = z.strictObject({
  subject,
  channel: z.enum(['sms', 'voice']).default('sms'),
  clientIp,
});
export type ResendOrder = z.output<typeof ResendOrder>;

/** A request to cancel. */
export const CancelOrder = z.strictObject({ subject });
export type CancelOrder = z.output<typeof CancelOrder>;

/** A verification with the result of a check. `over`: it has expired, failed, or its code was already used. */
export const CheckedVerification = VerificationView.extend({
  result: z.enum(['approved', 'wrong-code', 'over']),
});
export type CheckedVerification = z.output<typeof CheckedVerification>;
