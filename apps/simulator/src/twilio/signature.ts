import { createHmac } from 'node:crypto';

/**
 * Returns the `X-Twilio-Signature` of a form post: base64(HMAC-SHA1(token, url + each name and value, sorted by name)).
 * The URL must be exactly the configured one, without its fragment.
 */
export function signForm(authToken: string, url: string, params: Record<string, string>): string {
  const signed = Object.keys(params)
    .toSorted()
    .reduce((text, name) => text + name + params[name], url);
  return createHmac('sha1', authToken).update(signed, 'utf8').digest('base64');
}
