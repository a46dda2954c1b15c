import { randomBytes, randomUUID } from 'node:crypto';

/** Returns a Twilio SID: two letters for its kind and 32 hexadecimal digits. */
export function newSid(prefix: 'SM' | 'MM' | 'CA' | 'MZ'): string {
  return prefix + randomBytes(16).toString('hex');
}

/** Returns a value for `I-Twilio-Idempotency-Token`, which is the same for all attempts of one webhook. */
export function newIdempotencyToken(): string {
  return randomUUID();
}
