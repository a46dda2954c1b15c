import { timingSafeEqual } from 'node:crypto';
import { unauthorizedError } from './twilio-error.js';

/** The simulated Twilio account. */
export interface TwilioAccount {
  readonly sid: string;
  readonly authToken: string;
  /** An API key (`SK…`) and its secret, accepted in addition to the account's credentials. */
  readonly apiKey?: { readonly sid: string; readonly secret: string };
  /** Phone numbers of the account, E.164. */
  readonly numbers: readonly string[];
}

/** Checks basic authentication and the account in the path. Throws 401 with code 20003, as Twilio does. */
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
  if (!isKnown || accountSid !== account.sid) throw unauthorizedError();
}
