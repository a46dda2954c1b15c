import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseEnv } from '@parley/service-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { GatewayEnv } from '../../gateway.env.js';
import { TwilioAccount } from './twilio-account.js';
import { TwilioMessageList } from './twilio-message-list.js';

const SID = `MM${'1'.repeat(32)}`;
const PATH = `/2010-04-01/Accounts/AC${'0'.repeat(32)}/Messages/${SID}/Media/ME${'2'.repeat(32)}`;

/** A stand-in for Twilio that answers every request for a text's media. */
const api = createServer((_request, response) => {
  const media = { uri: `${PATH}.json`, content_type: 'image/jpeg', sid: `ME${'2'.repeat(32)}` };
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ media_list: [media], page: 0, page_size: 10, next_page_uri: null }));
});
beforeAll(() => new Promise<void>((resolve) => void api.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise((resolve) => void api.close(resolve)));

it.each([
  [{}, 'https://api.twilio.com'],
  [{ TWILIO_REGION: 'ie1' }, 'https://api.ie1.twilio.com'],
  [{ TWILIO_REGION: 'au1', TWILIO_EDGE: 'sydney' }, 'https://api.sydney.au1.twilio.com'],
  [{ TWILIO_EDGE: 'dublin' }, 'https://api.dublin.us1.twilio.com'],
])('with the settings %o the photos of a listed text have URLs at %s', async (region, host) => {
  const env = parseEnv('sms-gateway', GatewayEnv, {
    DATABASE_URL: 'postgres://localhost/parley',
    NATS_URL: 'nats://localhost',
    PARLEY_DATA_KEYS: `test:${Buffer.alloc(32).toString('base64')}`,
    PARLEY_API_KEY: 'pk_test_0123456789abcdef',
    PUBLIC_URL: 'https://parley.example',
    TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
    TWILIO_AUTH_TOKEN: 'token',
    TWILIO_PHONE_NUMBER: '+15550100000',
    TWILIO_API_BASE_URL: `http://127.0.0.1:${(api.address() as AddressInfo).port}`,
    ...region,
  });
  const account = new TwilioAccount(env);
  await account.onModuleInit();
  expect(await new TwilioMessageList(account).mediaOf(SID)).toEqual([
    { url: `${host}${PATH}`, contentType: 'image/jpeg' },
  ]);
});
