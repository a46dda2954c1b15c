import { timingSafeEqual } from 'node:crypto';
import { unauthorized } from './twilio-error.js';

/** What the simulated Twilio account looks like. */
export interface TwilioAccount {
  readonly sid: string;
  readonly authToken: string;
  /** An API key (`SK…`) and its secret, accepted beside the account's own credentials. */
  readonly apiKey?: { readonly sid: string; readonly secret: string };
  /** Numbers the account owns, E.164. */
  readonly numbers: readonly string[];
}

/** Checks basic authentication and that the path names this account. Throws 401 / 20003 as Twilio. */
export function authenticate(
  account: TwilioAccount,
  accountSid: string,
  authorization: string | undefined,
): void {
  const accepted = [`${account.sid}:${account.authToken}`];
  if (account.apiKey) accepted.push(`${account.apiKey.sid}:${account.apiKey.secret}`);
  const given = /^basic (.+)$/i.exec(authorization ?? '')?.[1] ?? '';
  const credentials = Buffer.from(given, 'base64');
  const isKnown = accepted.some((pair) => {
    const expected = Buffer.from(pair);
    return expected.length === credentials.length && timingSafeEqual(expected, credentials);
  });
  if (!isKnown || accountSid !== account.sid) throw unauthorized();
}
