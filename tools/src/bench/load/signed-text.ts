import { createHmac } from 'node:crypto';
import type { LoadRequest } from './load.js';

/** An inbound text as Twilio posts it. */
export interface SignedText {
  body: string;
  signature: string;
}

/** Returns the body of text number `n`. The number identifies the text in a reply that quotes it. */
function textBody(n: number): string {
  return `Is parcel no. ${n} on its way?`;
}

/** Returns the number of the text that a reply quotes. */
export function quotedTextNumber(reply: string): number | undefined {
  const [, n] = /parcel no\. (\d+) on/.exec(reply) ?? [];
  return n === undefined ? undefined : Number(n);
}

function personNumber(n: number, people: number): string {
  return `+1555${String(2_000_000 + (n % people))}`;
}

/** Returns text number `n` with Twilio's signature: HMAC-SHA1 of the URL and the parameters, sorted by name. */
export function signedText(
  load: Pick<LoadRequest, 'url' | 'signedUrl' | 'accountSid' | 'authToken' | 'line' | 'people'>,
  n: number,
): SignedText {
  const { url, signedUrl = url, accountSid, authToken, line, people } = load;
  const messageSid = `SM${n.toString(16).padStart(32, '0')}`;
  const params: Record<string, string> = {
    AccountSid: accountSid,
    ApiVersion: '2010-04-01',
    Body: textBody(n),
    From: personNumber(n, people),
    FromCity: '',
    FromCountry: 'US',
    FromState: '',
    FromZip: '',
    MessageSid: messageSid,
    NumMedia: '0',
    NumSegments: '1',
    SmsMessageSid: messageSid,
    SmsSid: messageSid,
    SmsStatus: 'received',
    To: line,
    ToCity: '',
    ToCountry: 'US',
    ToState: '',
    ToZip: '',
  };
  const sorted = Object.keys(params).toSorted();
  const signed = signedUrl + sorted.map((name) => name + params[name]).join('');
  return {
    body: new URLSearchParams(params).toString(),
    signature: createHmac('sha1', authToken).update(signed).digest('base64'),
  };
}
