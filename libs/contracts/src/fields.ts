import type { E164, IdOf, IdPrefix } from '@parley/kernel';
import { z } from 'zod';

/** The schema of an id with this prefix, in the form that kernel's `parseId` reads. */
const idField = <P extends IdPrefix>(prefix: P) =>
  z
    .string()
    .regex(
      new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]{26}$`),
      `must be an id like ${prefix}_01k9wm3v7hq2b8yjr5xet6c4dn`,
    ) as unknown as z.ZodType<IdOf<P>, string>;

export const AgentId = idField('agt');
export const CallId = idField('call');
export const ContactId = idField('ctc');
export const ConversationId = idField('conv');
export const IdentityId = idField('idn');
export const LineId = idField('line');
export const MessageId = idField('msg');
export const RequestId = idField('req');
export const SendId = idField('snd');
export const ThreadId = idField('thr');
export const TurnId = idField('turn');
export const VerificationId = idField('ver');

/** A phone number in E.164 form, as kernel's `parseE164` reads it. */
export const PhoneNumber = z
  .string()
  .regex(/^\+[1-9]\d{6,14}$/, 'must be a phone number like +15550100001') as unknown as z.ZodType<
  E164,
  string
>;

/** A time in UTC, ISO 8601. Year 0 is refused, because Postgres does not store it. */
export const Timestamp = z.iso
  .datetime()
  .refine((text) => !text.startsWith('0000'), 'must not be in the year 0');

/**
 * An enum that may grow within a version. A consumer reads a value that it does not know as `unknown`. A
 * producer never sends `unknown`, because its values are checked strictly.
 */
export function openEnum<const Values extends readonly [string, ...string[]]>(values: Values) {
  const known = z.enum([...values, 'unknown'] as const);
  return known.catch('unknown' as z.output<typeof known>);
}

export const Channel = openEnum(['sms', 'voice', 'web']);
export type Channel = z.output<typeof Channel>;
