import type { Brand } from './brand.js';

/** A phone number in E.164 form: `+`, country code, subscriber number; 7 to 15 digits. */
export type E164 = Brand<string, 'E164'>;

const E164_SHAPE = /^\+[1-9]\d{6,14}$/;

/** Reads a number by its shape alone. Numbering-plan tables may advise on it later; they never refuse it. */
export function parseE164(text: string): E164 | undefined {
  return E164_SHAPE.test(text) ? (text as E164) : undefined;
}
