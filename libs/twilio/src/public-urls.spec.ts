import { describe, expect, it } from 'vitest';

import { resolvePublicUrls, type PublicUrlVariables, SMS_WEBHOOK_PATHS } from './public-urls.js';

function resolved(variables: PublicUrlVariables) {
  const resolution = resolvePublicUrls(variables);
  if (resolution.kind === 'invalid') throw new Error(JSON.stringify(resolution.problems));
  return resolution.urls;
}

describe('the public URL', () => {
  it.each<[string, PublicUrlVariables, string, string]>([
    [
      'PUBLIC_URL',
      { PUBLIC_URL: 'https://a.example/' },
      'https://a.example',
      'https://a.example/webhook/sms',
    ],
    [
      'PUBLIC_URL with a prefix',
      { PUBLIC_URL: 'https://a.example/p/' },
      'https://a.example/p',
      'https://a.example/p/webhook/sms',
    ],
    [
      'PUBLIC_URL with a port',
      { PUBLIC_URL: 'http://localhost:4000' },
      'http://localhost:4000',
      'http://localhost:4000/webhook/sms',
    ],
    [
      'WEBHOOK_URL',
      { WEBHOOK_URL: 'https://a.example/webhook/sms' },
      'https://a.example',
      'https://a.example/webhook/sms',
    ],
    [
      'WEBHOOK_URL with a prefix',
      { WEBHOOK_URL: 'https://a.example/p/webhook/sms' },
      'https://a.example/p',
      'https://a.example/p/webhook/sms',
    ],
    [
      'WEBHOOK_URL with the other path',
      { WEBHOOK_URL: 'https://a.example/webhooks/twilio/sms' },
      'https://a.example',
      'https://a.example/webhooks/twilio/sms',
    ],
    [
      'WEBHOOK_URL, unchanged',
      { WEBHOOK_URL: 'https://A.example:443/webhook/sms?x=1#rc=3' },
      'https://a.example',
      'https://A.example:443/webhook/sms?x=1',
    ],
    [
      'NGROK_URL',
      { NGROK_URL: 'https://a.ngrok.io' },
      'https://a.ngrok.io',
      'https://a.ngrok.io/webhook/sms',
    ],
    [
      'all three, with one origin',
      {
        PUBLIC_URL: 'https://a.example',
        WEBHOOK_URL: 'https://A.example/webhook/sms',
        NGROK_URL: 'https://a.example/',
      },
      'https://a.example',
      'https://A.example/webhook/sms',
    ],
  ])('the public URL is read from %s', (_, variables, base, smsWebhook) => {
    expect(resolved(variables).base).toBe(base);
    const path = SMS_WEBHOOK_PATHS.find((known) => smsWebhook.includes(known))!;
    expect(resolved(variables).signedUrl(path)).toBe(smsWebhook);
  });

  it.each<[string, PublicUrlVariables, string, RegExp]>([
    ['no variables', {}, 'PUBLIC_URL', /is missing/],
    [
      'two hosts',
      { PUBLIC_URL: 'https://a.example', WEBHOOK_URL: 'https://b.example/webhook/sms' },
      'WEBHOOK_URL',
      /contradicts PUBLIC_URL/,
    ],
    [
      'two prefixes',
      { PUBLIC_URL: 'https://a.example/p', WEBHOOK_URL: 'https://a.example/webhook/sms' },
      'WEBHOOK_URL',
      /contradicts PUBLIC_URL/,
    ],
    [
      'another tunnel than PUBLIC_URL',
      { PUBLIC_URL: 'https://a.example', NGROK_URL: 'https://b.ngrok.io' },
      'NGROK_URL',
      /contradicts PUBLIC_URL/,
    ],
    [
      'another tunnel than WEBHOOK_URL',
      { WEBHOOK_URL: 'https://a.example/webhook/sms', NGROK_URL: 'https://b.ngrok.io' },
      'NGROK_URL',
      /contradicts WEBHOOK_URL/,
    ],
    [
      'a webhook with another path',
      { WEBHOOK_URL: 'https://a.example/sms' },
      'WEBHOOK_URL',
      /must end in \/webhook\/sms or/,
    ],
    [
      'a webhook with a slash too many',
      { WEBHOOK_URL: 'https://a.example/webhook/sms/' },
      'WEBHOOK_URL',
      /must end in/,
    ],
    ['plain http', { PUBLIC_URL: 'http://a.example' }, 'PUBLIC_URL', /must be an https/],
    ['no URL', { NGROK_URL: 'a.ngrok.io' }, 'NGROK_URL', /must be an https/],
    ['a query', { PUBLIC_URL: 'https://a.example/?x=1' }, 'PUBLIC_URL', /no query/],
    ['credentials', { PUBLIC_URL: 'https://me:hidden@a.example' }, 'PUBLIC_URL', /user name/],
    [
      'a tunnel with the path',
      { NGROK_URL: 'https://a.ngrok.io/webhook/sms' },
      'NGROK_URL',
      /must not contain \/webhook\/sms/,
    ],
  ])('the public URL is refused for %s', (_, variables, variable, message) => {
    expect(resolvePublicUrls(variables)).toEqual({
      kind: 'invalid',
      problems: [{ variable, message: expect.stringMatching(message) }],
    });
  });
});

describe('the URL that Twilio signed', () => {
  const plain = resolved({ PUBLIC_URL: 'https://a.example/p' });
  const exact = resolved({ WEBHOOK_URL: 'https://A.example/p/webhook/sms?key=1' });

  it.each([
    [plain, '/webhook/sms', 'https://a.example/p/webhook/sms'],
    [plain, '/webhook/sms?x=%27&y=', 'https://a.example/p/webhook/sms?x=%27&y='],
    [plain, '/webhook/sms/', 'https://a.example/p/webhook/sms/'],
    [plain, '/webhook/sms#rc=3', 'https://a.example/p/webhook/sms'],
    [exact, '/webhook/sms?key=1', 'https://A.example/p/webhook/sms?key=1'],
    [exact, '/webhook/sms?key=2', 'https://A.example/p/webhook/sms?key=1'],
    [exact, '/webhooks/twilio/status?m=1', 'https://a.example/p/webhooks/twilio/status?m=1'],
  ])('the URL that Twilio signed is rebuilt from the request target (case %#)', (urls, target, signed) => {
    expect(urls.signedUrl(target)).toBe(signed);
  });
});
