import { createHmac } from 'node:crypto';
import type { LoadOrder } from './load.js';

/** An inbound text as Twilio posts it. */
export interface SignedText {
  body: string;
  signature: string;
}

/** What text number `n` says. A reply that quotes it names it. */
export function wordsOf(n: number): string {
  return `Is parcel no. ${n} on its way?`;
}

/** The number of the text that a reply quotes. */
export function quotedIn(reply: string): number | undefined {
  const [, n] = /parcel no\. (\d+) on/.exec(reply) ?? [];
  return n === undefined ? undefined : Number(n);
}

function personOf(n: number, people: number): string {
  return `+1555${String(2_000_000 + (n % people))}`;
}

/** Twilio signs the URL followed by each parameter's name and value, sorted by name, with HMAC-SHA1. */
export function signedText(
  order: Pick<LoadOrder, 'url' | 'signedUrl' | 'accountSid' | 'authToken' | 'line' | 'people'>,
  n: number,
): SignedText {
  const { url, signedUrl = url, accountSid, authToken, line, people } = order;
  const messageSid = `SM${n.toString(16).padStart(32, '0')}`;
  const params: Record<string, string> = {
    AccountSid: accountSid,
    ApiVersion: '2010-04-01',
    Body: wordsOf(n),
    From: personOf(n, people),
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
