import { randomBytes, randomUUID } from 'node:crypto';

/** A Twilio SID: two letters of its kind and 32 hexadecimal digits. */
export function newSid(prefix: 'SM' | 'MM' | 'CA' | 'MZ'): string {
  return prefix + randomBytes(16).toString('hex');
}

/** Value of `I-Twilio-Idempotency-Token`: the same over all attempts of one webhook. */
export function newIdempotencyToken(): string {
  return randomUUID();
}
