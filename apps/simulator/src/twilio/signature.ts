import { createHmac } from 'node:crypto';

/**
 * `X-Twilio-Signature` of a form post: base64(HMAC-SHA1(token, url + each name and value, sorted by name)).
 * The URL is signed exactly as configured, without its fragment.
 */
export function signForm(authToken: string, url: string, params: Record<string, string>): string {
  const signed = Object.keys(params)
    .toSorted()
    .reduce((text, name) => text + name + params[name], url);
  return createHmac('sha1', authToken).update(signed, 'utf8').digest('base64');
}
