import { parseEnv } from '@parley/service-kit';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { checkTwilioEnv, twilioEnv } from './twilio-env.js';

const schema = z.object(twilioEnv).check(checkTwilioEnv);
const complete = {
  TWILIO_ACCOUNT_SID: `AC${'1'.repeat(32)}`,
  TWILIO_AUTH_TOKEN: 'token',
  TWILIO_PHONE_NUMBER: '+15550100000',
  PUBLIC_URL: 'https://a.example',
};

describe("Twilio's variables", () => {
  it('a service with Twilio requires only the variables for account, token, number and public URL', () => {
    expect(parseEnv('gateway', schema, complete)).toEqual(complete);
  });

  it('all missing variables of Twilio are named in one error', () => {
    expect(() => parseEnv('gateway', schema, {})).toThrow(
      [
        'gateway cannot start: 4 variables are missing or wrong.',
        '  TWILIO_ACCOUNT_SID   is missing: AC…, from the Twilio console',
        "  TWILIO_AUTH_TOKEN    is missing: the account's auth token, from the Twilio console",
        '  TWILIO_PHONE_NUMBER  is missing: our number at Twilio, like +15550100000',
        '  PUBLIC_URL           is missing: the https:// URL under which Twilio reaches us (or give WEBHOOK_URL or NGROK_URL)',
      ].join('\n'),
    );
  });

  it.each([
    [{ TWILIO_ACCOUNT_SID: 'AC1' }, /TWILIO_ACCOUNT_SID {2}must be AC and 32 hexadecimal digits/],
    [{ TWILIO_PHONE_NUMBER: '5550100000' }, /TWILIO_PHONE_NUMBER {2}must be a phone number/],
    [{ TWILIO_API_BASE_URL: 'http://a.example' }, /TWILIO_API_BASE_URL {2}must be an https/],
    [
      { TWILIO_API_KEY: `SK${'1'.repeat(32)}` },
      /TWILIO_API_SECRET {2}is missing: key and secret belong together/,
    ],
    [{ NGROK_URL: 'https://b.ngrok.io' }, /NGROK_URL {2}contradicts PUBLIC_URL/],
  ])('the wrong variables %j are refused with an explanation', (wrong, message) => {
    expect(() => parseEnv('gateway', schema, { ...complete, ...wrong })).toThrow(message);
  });
});
