import { createHash, createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';

import { Body, Controller, HttpCode, Logger, Module, Post, UseGuards } from '@nestjs/common';
import { createLogger, createServiceApp } from '@parley/service-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { registerTwilioFormParser } from './form-parser.js';
import { resolvePublicUrls } from './public-urls.js';
import { TwilioSignatureGuard } from './twilio-signature.guard.js';
import { WebhookSignatures } from './webhook-signatures.js';

const TOKEN = 'the present token';
const NEXT_TOKEN = 'the next token';
const ACCOUNT = `AC${'a'.repeat(32)}`;
const EXACT_URL = 'https://Public.example/p/webhook/sms';
const BASE = 'https://public.example/p';
const FORM = 'application/x-www-form-urlencoded';
const message = {
  AccountSid: ACCOUNT,
  MessageSid: `SM${'b'.repeat(32)}`,
  From: '+15550100001',
  To: '+15550100000',
  Body: 'Grüße & 👋 = שלום',
};

let reached: unknown[] = [];

@Controller()
@UseGuards(TwilioSignatureGuard)
class WebhookController {
  @Post(['webhook/sms', 'webhooks/twilio/sms', 'webhooks/twilio/status', 'webhooks/twilio/events'])
  @HttpCode(200)
  receive(@Body() body: unknown): string {
    reached.push(body);
    return '<Response/>';
  }
}

const resolution = resolvePublicUrls({ WEBHOOK_URL: `${EXACT_URL}#rc=3&rp=ct` });
if (resolution.kind === 'invalid') throw new Error('the fixture is wrong');
const trust = { accountSid: ACCOUNT, authTokens: [TOKEN, NEXT_TOKEN], urls: resolution.urls };

@Module({
  controllers: [WebhookController],
  providers: [{ provide: WebhookSignatures, useValue: new WebhookSignatures(trust) }],
})
class WebhookModule {}

const logger = createLogger('webhooks', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' });
let app: Awaited<ReturnType<typeof createServiceApp>>;
let port: number;

beforeAll(async () => {
  app = await createServiceApp({ module: WebhookModule, configure: registerTwilioFormParser }, logger);
  await app.listen(0, '127.0.0.1');
  port = Number(new URL(await app.getUrl()).port);
});

afterAll(async () => {
  await app.close();
  Logger.overrideLogger(false);
});

/** Twilio's documented algorithm, written independently of the SDK that the guard uses. */
function sign(url: string, params: Record<string, string> = {}, token = TOKEN): string {
  const pairs = Object.entries(params).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const signed = url + pairs.map(([name, value]) => name + value).join('');
  return createHmac('sha1', token).update(signed, 'utf8').digest('base64');
}

interface Post {
  readonly path?: string;
  readonly body?: string | Buffer;
  readonly signature?: string;
  readonly type?: string;
  readonly headers?: Record<string, string>;
}

const encode = (params: Record<string, string>): string => new URLSearchParams(params).toString();

/** Posts the exact path, which `fetch` would normalise. */
function post({ path = '/webhook/sms', body = encode(message), signature, type = FORM, headers }: Post) {
  reached = [];
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const signatureHeader = signature === undefined ? {} : { 'X-Twilio-Signature': signature };
    const allHeaders = {
      'Content-Type': type,
      'Content-Length': Buffer.byteLength(body),
      ...signatureHeader,
      ...headers,
    };
    const request = httpRequest(
      { port, host: '127.0.0.1', method: 'POST', path, headers: allHeaders },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode!, body: text }));
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

const bracketed = { ...message, 'ExtraField[0][a]': '1', 'ExtraField[]': '2', ZZZ: '' };
const json = '{"AccountSid":"' + ACCOUNT + '","text":"Grüße"}';
const eventsPath = (body: string) =>
  `/webhooks/twilio/events?bodySHA256=${createHash('sha256').update(body).digest('hex')}`;

describe('[S-11] a webhook that Twilio signed is accepted', () => {
  it.each<[string, Post]>([
    ['on exactly the configured URL', { signature: sign(EXACT_URL, message) }],
    [
      'on another path below the public URL',
      { path: '/webhooks/twilio/sms', signature: sign(`${BASE}/webhooks/twilio/sms`, message) },
    ],
    [
      'with an unchanged query',
      {
        path: "/webhooks/twilio/status?m=msg_1&x=it's%20a",
        signature: sign(`${BASE}/webhooks/twilio/status?m=msg_1&x=it's%20a`, message),
      },
    ],
    ['with the next token', { signature: sign(EXACT_URL, message, NEXT_TOKEN) }],
    [
      'with a port in the signed URL, as some systems of Twilio sign',
      { signature: sign('https://Public.example:443/p/webhook/sms', message) },
    ],
    [
      'with bracket keys and empty values',
      { body: encode(bracketed), signature: sign(EXACT_URL, bracketed) },
    ],
    [
      'with parameters that are called like parts of an object',
      {
        body: `${encode(message)}&__proto__=x&constructor=y`,
        signature: sign(EXACT_URL, { ...message, ['__proto__']: 'x', constructor: 'y' }),
      },
    ],
    [
      'with a charset in the content type',
      { type: `${FORM}; charset=UTF-8`, signature: sign(EXACT_URL, message) },
    ],
    [
      'with a Host header that is not ours',
      {
        signature: sign(EXACT_URL, message),
        headers: { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example' },
      },
    ],
    ['a second time: the MessageSid shows the repeat', { signature: sign(EXACT_URL, message) }],
    [
      'from a sender that is no phone',
      {
        body: encode({ ...message, From: 'whatsapp:+15550100001' }),
        signature: sign(EXACT_URL, { ...message, From: 'whatsapp:+15550100001' }),
      },
    ],
    ...['+12345', '+0123456789', '+1234567890123456', '+Restricted', '+', 'anonymous', '+266696687', ''].map(
      (From): [string, Post] => [
        `from "${From}", as networks pass it on`,
        { body: encode({ ...message, From }), signature: sign(EXACT_URL, { ...message, From }) },
      ],
    ),
    ...(
      [
        { FromCity: 'TORONTO', FromZip: 'M5A', ToCity: '', ToZip: '', NumMedia: '0', NumSegments: '1' },
        { ButtonText: 'From Body To', ChannelMetadata: '{"Body":1}', ProfileName: 'Bodo From Tokyo' },
        { Forwarded: 'true', ReferralBody: 'Body', BodyFormat: 'plain' },
        { NumMedia: '1', MediaUrl0: 'https://api.twilio.com/x', MediaContentType0: 'image/jpeg' },
      ] satisfies Record<string, string>[] as Record<string, string>[]
    ).map((extra): [string, Post] => [
      `with ${Object.keys(extra).join(', ')}`,
      {
        body: encode({ ...message, ...extra }),
        signature: sign(EXACT_URL, { ...message, ...extra }),
      },
    ]),
    [
      'as JSON, by the hash of its body',
      {
        path: eventsPath(json),
        type: 'application/json',
        body: json,
        signature: sign(BASE + eventsPath(json)),
      },
    ],
  ])('a signed webhook is accepted: %s', async (_, request) => {
    expect(await post(request)).toEqual({ status: 200, body: '<Response/>' });
    expect(reached).toHaveLength(1);
  });

  it('a signed webhook with 400 parameters reaches the handler as posted', async () => {
    const many = {
      ...message,
      ...Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`P${index}`, 'é'])),
    };
    expect(await post({ body: encode(many), signature: sign(EXACT_URL, many) })).toMatchObject({
      status: 200,
    });
    expect({ ...Object(reached[0]) }).toEqual(many);
  });
});

const without = (name: keyof typeof message) =>
  Object.fromEntries(Object.entries(message).filter(([key]) => key !== name));
const shifted = { ...without('From'), Body: `${message.Body}From${message.From}` };
const otherAccount = { ...message, AccountSid: `AC${'c'.repeat(32)}` };
const oddSid = { ...message, MessageSid: 'SM1' };
const oddNumber = { ...message, From: '+15550100001FromCityParis' };

describe('[S-11] a webhook that Twilio did not sign gets 403', () => {
  it.each<[string, Post]>([
    ['without a signature', {}],
    ['with an empty signature', { signature: '' }],
    ['with a signature that is no base64', { signature: 'x' }],
    ['with another token', { signature: sign(EXACT_URL, message, 'a token of somebody else') }],
    [
      'with a changed value',
      { body: encode({ ...message, Body: 'pay now' }), signature: sign(EXACT_URL, message) },
    ],
    [
      'with an added parameter',
      { body: encode({ ...message, OptOutType: 'STOP' }), signature: sign(EXACT_URL, message) },
    ],
    ['with a parameter left out', { body: encode(without('To')), signature: sign(EXACT_URL, message) }],
    [
      'signed for another host',
      { signature: sign('https://evil.example/p/webhook/sms', message), headers: { Host: 'evil.example' } },
    ],
    ['signed for plain http', { signature: sign('http://Public.example/p/webhook/sms', message) }],
    ['signed without the path prefix', { signature: sign('https://Public.example/webhook/sms', message) }],
    ['signed for the other path', { path: '/webhooks/twilio/sms', signature: sign(EXACT_URL, message) }],
    ['signed with a slash at the end', { signature: sign(`${EXACT_URL}/`, message) }],
    ['signed with the fragment', { signature: sign(`${EXACT_URL}#rc=3&rp=ct`, message) }],
    [
      'signed with another query',
      { path: '/webhooks/twilio/status?m=2', signature: sign(`${BASE}/webhooks/twilio/status?m=1`, message) },
    ],
    ['of another account', { body: encode(otherAccount), signature: sign(EXACT_URL, otherAccount) }],
    [
      'of no account',
      { body: encode(without('AccountSid')), signature: sign(EXACT_URL, without('AccountSid')) },
    ],
    ['with a message id of the wrong shape', { body: encode(oddSid), signature: sign(EXACT_URL, oddSid) }],
    ['with a number of the wrong shape', { body: encode(oddNumber), signature: sign(EXACT_URL, oddNumber) }],
    [
      'as JSON without a hash',
      {
        path: '/webhooks/twilio/events',
        type: 'application/json',
        body: json,
        signature: sign(`${BASE}/webhooks/twilio/events`),
      },
    ],
    [
      'as JSON with a changed body',
      {
        path: eventsPath(json),
        type: 'application/json',
        body: json.replace('Gr', 'gr'),
        signature: sign(BASE + eventsPath(json)),
      },
    ],
    [
      'as a form under the signature of a JSON body',
      { path: eventsPath(json), signature: sign(BASE + eventsPath(json)) },
    ],
    ['with no body', { body: '', signature: sign(EXACT_URL) }],
  ])('a webhook without Twilio’s valid signature gets 403: %s', async (_, request) => {
    const { status, body } = await post(request);
    expect([status, JSON.parse(body).code]).toEqual([403, 'invalid_signature']);
    expect(reached).toEqual([]);
  });

  it('the refusal of an unsigned webhook explains how Twilio signs a request, and for which URL', async () => {
    const { detail } = JSON.parse((await post({})).body);
    expect(detail).toMatch(/HMAC-SHA1/);
    expect(detail).toContain(EXACT_URL);
    expect(detail).not.toContain(TOKEN);
  });

  it('a form whose sender was moved into its text has the same Twilio signature', () => {
    expect(sign(EXACT_URL, shifted)).toBe(sign(EXACT_URL, message));
  });
});

describe('[S-11] a webhook with a moved field has a valid signature, and gets 403', () => {
  const picture = {
    ...message,
    Body: 'Hello, see the Castle',
    FromZip: '75001',
    NumMedia: '1',
    MediaContentType0: 'image/jpeg',
    MediaUrl0: 'https://api.twilio.com/x',
    OptOutType: 'STOP',
    ApiVersion: '2010-04-01',
  };
  const drop = (...names: (keyof typeof picture)[]) =>
    Object.fromEntries(Object.entries(picture).filter(([name]) => !names.includes(name as never)));

  it.each<[string, Record<string, string>]>([
    ['the first letter of a text', { ...drop('Body'), BodyH: picture.Body.slice(1) }],
    ['all of a text', { ...drop('Body'), [`Body${picture.Body}`]: '' }],
    ['the name of a text', { ...drop('Body'), B: `ody${picture.Body}` }],
    ['a text into what is before it', { ...drop('Body'), ApiVersion: `2010-04-01Body${picture.Body}` }],
    ['the end of a text into a name of its own', { ...picture, Body: 'Hello, see the ', Castle: '' }],
    ['the sender into a name', { ...drop('From'), 'From+1': '5550100001' }],
    ['a postcode into the sender', { ...drop('From', 'FromZip'), From: '+15550100001FromZip75001' }],
    [
      'a photo into a postcode',
      {
        ...drop('FromZip', 'MediaContentType0', 'MediaUrl0'),
        FromZip: `75001MediaContentType0image/jpegMediaUrl0${picture.MediaUrl0}`,
      },
    ],
    ['the mark of an opt-out', { ...drop('OptOutType'), OptOutTypeS: 'TOP' }],
    [
      'the mark of an opt-out into what is before it',
      { ...drop('OptOutType', 'NumMedia'), NumMedia1: 'OptOutTypeSTOP' },
    ],
  ])('a webhook with a moved field gets 403: %s', async (_, moved) => {
    const signature = sign(EXACT_URL, picture);
    expect(await post({ body: encode(picture), signature })).toMatchObject({ status: 200 });
    expect(sign(EXACT_URL, moved)).toBe(signature);
    expect(await post({ body: encode(moved), signature })).toMatchObject({ status: 403 });
    expect(reached).toEqual([]);
  });

  const call = {
    AccountSid: ACCOUNT,
    CallSid: `CA${'c'.repeat(32)}`,
    CallStatus: 'ringing',
    Direction: 'inbound',
    ForwardedFrom: '+15550100009',
    From: '+15550100001',
    FromZip: '75001',
    StirVerstat: 'TN-Validation-Passed-A',
    To: '+15550100000',
  };
  const status = {
    AccountSid: ACCOUNT,
    ChannelPrefix: 'sms',
    ErrorCode: '30003',
    MessageSid: message.MessageSid,
    MessageStatus: 'undelivered',
  };
  const stream = {
    AccountSid: ACCOUNT,
    CallSid: call.CallSid,
    StreamError: 'closed',
    StreamEvent: 'stream-error',
    StreamSid: `MZ${'d'.repeat(32)}`,
  };

  it.each<[string, Record<string, string>, string, Record<string, string>]>([
    ['the attestation of a call', call, 'StirVerstat', { FromZip: '75001StirVerstatTN-Validation-Passed-A' }],
    ['the caller of a call', call, 'From', { ForwardedFrom: '+15550100009From+15550100001' }],
    ['the error code of a status report', status, 'ErrorCode', { ChannelPrefix: 'smsErrorCode30003' }],
    ['the event of a stream', stream, 'StreamEvent', { StreamError: 'closedStreamEventstream-error' }],
  ])('a webhook that hides %s in another field gets 403', async (_, genuine, hidden, changed) => {
    const rest = Object.entries(genuine).filter(([name]) => name !== hidden);
    const moved = { ...Object.fromEntries(rest), ...changed };
    const signature = sign(EXACT_URL, genuine);
    expect(await post({ body: encode(genuine), signature })).toMatchObject({ status: 200 });
    reached = [];
    expect(sign(EXACT_URL, moved)).toBe(signature);
    expect(await post({ body: encode(moved), signature })).toMatchObject({ status: 403 });
    expect(reached).toEqual([]);
  });
});

describe('[S-11] a webhook that cannot be read', () => {
  const signature = sign(EXACT_URL, message);
  it.each<[string, Post, number]>([
    ['a repeated parameter', { body: `${encode(message)}&MessageSid=${message.MessageSid}`, signature }, 400],
    ['bytes that are not UTF-8', { body: 'Body=%ff', signature: sign(EXACT_URL, { Body: '\uFFFD' }) }, 400],
    [
      '10,000 parameters',
      { body: Array.from({ length: 10_000 }, (_, index) => `${index}`).join('&'), signature },
      400,
    ],
    ['a megabyte', { body: Buffer.alloc(1024 * 1024, 'a'), signature }, 413],
    ['another content type', { type: 'multipart/form-data; boundary=x', signature }, 415],
    ['an unknown path', { path: '/webhook/sms/', signature: sign(`${EXACT_URL}/`, message) }, 404],
  ])('a webhook that cannot be read is refused: %s', async (_, request, status) => {
    expect(await post(request)).toMatchObject({ status });
    expect(reached).toEqual([]);
  });
});
