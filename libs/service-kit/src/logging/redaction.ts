import { describeError } from './describe-error.js';

const REDACTED = '[redacted]';
const MAX_DEPTH = 6;
const MAX_ITEMS = 50;

/** Field names whose values never reach a log, compared without case, `-` and `_`. */
const SECRET_FIELDS = new Set(
  `authorization proxyauthorization cookie setcookie xtwiliosignature xapikey
   password secret token authtoken apikey apisecret accesstoken signature datakeys
   body rawbody text content prompt payload form params parameters query
   from to phone phonenumber number caller called recipient
   otp pin verificationcode customcode`.split(/\s+/),
);

/** A verification code is a text of six digits; vendors' error codes are numbers or have another length. */
const VERIFICATION_CODE = /^\d{6}$/;

/** A plus (also percent-encoded) and at least seven digits, with or without the usual separators. */
const PHONE_NUMBER = /(?:\+|%2b)\d(?:[ ().-]{0,2}\d){6,}/gi;

/** V8's message about broken JSON, which quotes the text that it could not parse. */
const JSON_SYNTAX_ERROR = /Unexpected (?:token|non-whitespace)[^\n]{0,200}? is not valid JSON/g;

/** Returns a copy of a log record without the values of secret fields, and with errors reduced to what is safe. */
export function redactFields(fields: object): Record<string, unknown> {
  return redactObject(fields, 0);
}

/** Removes phone numbers and quoted input anywhere in a finished log line. */
export function scrubLine(line: string): string {
  return line.replace(PHONE_NUMBER, '+…').replace(JSON_SYNTAX_ERROR, 'invalid JSON');
}

function redactObject(fields: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]: [string, unknown]) => [
      name,
      isSecret(name, value) ? REDACTED : redactValue(value, depth + 1),
    ]),
  );
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  if (value instanceof Error) return describeError(value);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= MAX_DEPTH) return '[…]';
  if (Array.isArray(value))
    return value.slice(0, MAX_ITEMS).map((item: unknown) => redactValue(item, depth + 1));
  return redactObject(value, depth);
}

function isSecret(name: string, value: unknown): boolean {
  const plainName = name.toLowerCase().replaceAll(/[-_]/g, '');
  if (SECRET_FIELDS.has(plainName)) return value !== undefined && value !== null;
  return plainName === 'code' && typeof value === 'string' && VERIFICATION_CODE.test(value);
}
