import { createHmac } from 'node:crypto';

/** The account that the simulator plays in the tests of one service. */
export const simulatedTwilio = {
  accountSid: `AC${'0'.repeat(32)}`,
  authToken: 'an auth token for tests',
  phoneNumber: '+15550009999',
};

/** Signs as Twilio does: HMAC-SHA1 of the URL and every parameter's name and value, sorted by name. */
export function twilioSignature(
  url: string,
  params: Readonly<Record<string, string>>,
  authToken = simulatedTwilio.authToken,
): string {
  const names = Object.keys(params).toSorted();
  const signed = url + names.map((name) => name + params[name]).join('');
  return createHmac('sha1', authToken).update(signed).digest('base64');
}
