import { RunningParley, someNumber } from '@parley/testing';
import * as fc from 'fast-check';
import { createHash, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GeneratedRequest, generatedPost, generatedRequests } from './generated-requests.js';
import {
  SMS_WEBHOOK_PATH,
  PUBLIC_URL,
  encodeForm,
  FORM_CONTENT_TYPE,
  type FormParams,
  type WebhookRequest,
  signatureOf,
  STATUS_WEBHOOK_PATH,
  AUTH_TOKEN,
  WEBHOOK_URL,
  WebhookPoster,
} from './webhook-requests.js';

const NEXT_TOKEN = 'the auth token that comes next';
const GENERATED = 10_000;
const AT_ONCE = 16;

let parley: RunningParley;
let poster: WebhookPoster;

beforeAll(async () => {
  parley = await RunningParley.start({
    env: {
      PUBLIC_URL,
      WEBHOOK_URL: `${WEBHOOK_URL}#rc=3&rp=ct,rt,5xx`,
      TWILIO_AUTH_TOKEN_NEXT: NEXT_TOKEN,
    },
  });
  poster = new WebhookPoster(parley, AT_ONCE);
});
afterAll(async () => {
  poster?.close();
  await parley?.stop();
});

const post = (request: WebhookRequest) => poster.post(request);
const newSid = () => `SM${randomBytes(16).toString('hex')}`;

function message(more: FormParams = {}): FormParams {
  return { ...parley.inboundParams({ from: someNumber(), body: 'Grüße & 👋 = שלום' }), ...more };
}

const without = (params: FormParams, name: string): FormParams =>
  Object.fromEntries(Object.entries(params).filter(([key]) => key !== name));

const stored = (sid: string | undefined) =>
  parley.query<{ decision: string; reason: string | null }>(
    'SELECT decision, reason FROM gateway.inbound_sms WHERE message_sid = $1',
    [sid],
  );
async function countOfStored(): Promise<number> {
  const [row] = await parley.query<{ count: number }>(
    'SELECT (SELECT count(*) FROM gateway.inbound_sms)::int + (SELECT count(*) FROM gateway.thread)::int AS count',
  );
  return row!.count;
}

describe('signed webhooks', () => {
  it.each<[string, (params: FormParams) => WebhookRequest]>([
    [
      'if WEBHOOK_URL was signed exactly as configured',
      (params) => ({ signature: signatureOf(WEBHOOK_URL, params) }),
    ],
    [
      'on the other path below the public URL',
      (params) => ({ path: SMS_WEBHOOK_PATH, signature: signatureOf(PUBLIC_URL + SMS_WEBHOOK_PATH, params) }),
    ],
    [
      'if its query was signed exactly as sent',
      (params) => ({
        path: `${SMS_WEBHOOK_PATH}?x=it's%20a`,
        signature: signatureOf(`${PUBLIC_URL}${SMS_WEBHOOK_PATH}?x=it's%20a`, params),
      }),
    ],
    [
      'if it was signed with the next token',
      (params) => ({ signature: signatureOf(WEBHOOK_URL, params, NEXT_TOKEN) }),
    ],
    [
      'whatever Host and proxy headers say',
      (params) => ({
        signature: signatureOf(WEBHOOK_URL, params),
        headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' },
      }),
    ],
    [
      'with a charset in its content type',
      (params) => ({
        type: `${FORM_CONTENT_TYPE}; charset=UTF-8`,
        signature: signatureOf(WEBHOOK_URL, params),
      }),
    ],
  ])('[S-11] a signed webhook is accepted %s', async (_, requestOf) => {
    const params = message();
    const answer = await post({ body: encodeForm(params), ...requestOf(params) });
    expect(answer).toMatchObject({
      status: 200,
      body: '<Response/>',
      type: expect.stringContaining('text/xml'),
    });
    expect(await stored(params['MessageSid'])).toEqual([{ decision: 'forward', reason: null }]);
  });

  it('[S-11] a signed webhook is accepted with bracket keys, unknown keys and 400 parameters', async () => {
    const extra = Object.fromEntries(Array.from({ length: 380 }, (_, index) => [`P[${index}][]`, 'é']));
    const params = message({ ...extra, TwilioAddsThisTomorrow: '' });
    expect(
      await post({ body: encodeForm(params), signature: signatureOf(WEBHOOK_URL, params) }),
    ).toMatchObject({
      status: 200,
    });
    expect(await stored(params['MessageSid'])).toHaveLength(1);
  });

  it.each<[string, FormParams, string, string | null]>([
    ['a sender on WhatsApp', { From: 'whatsapp:+15550100001' }, 'ignore', 'unsupported-sender'],
    ['a sender that is a word', { From: 'PARLEY' }, 'ignore', 'unsupported-sender'],
    ['a short code', { From: '12345' }, 'ignore', 'unsupported-sender'],
    ['our own number', { From: '+15550100000' }, 'ignore', 'own-number'],
    ['an empty text without media', { Body: ' ' }, 'ignore', 'empty'],
    [
      'an empty text with media',
      { Body: '', NumMedia: '1', MediaUrl0: 'https://api.twilio.com/m/1', MediaContentType0: 'image/png' },
      'forward',
      null,
    ],
  ])('[S-11] a signed webhook is recorded with its decision: %s', async (_, more, decision, reason) => {
    const params = message(more);
    expect(
      await post({ body: encodeForm(params), signature: signatureOf(WEBHOOK_URL, params) }),
    ).toMatchObject({
      status: 200,
      body: '<Response/>',
    });
    expect(await stored(params['MessageSid'])).toEqual([{ decision, reason }]);
  });
});

describe('unsigned webhooks', () => {
  it.each<[string, (params: FormParams) => WebhookRequest]>([
    ['without a signature', () => ({})],
    ['with an empty signature', () => ({ signature: '' })],
    ['with a signature that is no base64', () => ({ signature: 'x' })],
    ['with another token', (params) => ({ signature: signatureOf(WEBHOOK_URL, params, 'another') })],
    [
      'with a changed value',
      (params) => ({
        signature: signatureOf(WEBHOOK_URL, params),
        body: encodeForm({ ...params, Body: 'pay now' }),
      }),
    ],
    [
      'with an added parameter',
      (params) => ({
        signature: signatureOf(WEBHOOK_URL, params),
        body: encodeForm({ ...params, OptOutType: 'STOP' }),
      }),
    ],
    [
      'with a parameter left out',
      (params) => ({
        signature: signatureOf(WEBHOOK_URL, params),
        body: encodeForm(without(params, 'NumMedia')),
      }),
    ],
    [
      'with From moved into Body',
      (params) => {
        const moved = { ...without(params, 'From'), Body: `${params['Body']}From${params['From']}` };
        expect(signatureOf(WEBHOOK_URL, moved)).toBe(signatureOf(WEBHOOK_URL, params));
        return { signature: signatureOf(WEBHOOK_URL, params), body: encodeForm({ ...moved, From: '' }) };
      },
    ],
    [
      'signed for another host',
      (params) => ({ signature: signatureOf('https://evil.example/webhook/sms', params) }),
    ],
    [
      'signed for plain http',
      (params) => ({ signature: signatureOf(WEBHOOK_URL.replace('https', 'http'), params) }),
    ],
    ['signed for the URL of the process', (params) => ({ signature: signatureOf(processUrl(), params) })],
    ['signed with a slash at the end', (params) => ({ signature: signatureOf(`${WEBHOOK_URL}/`, params) })],
    [
      'signed with the fragment',
      (params) => ({ signature: signatureOf(`${WEBHOOK_URL}#rc=3&rp=ct,rt,5xx`, params) }),
    ],
    [
      'signed for the other path',
      (params) => ({ path: SMS_WEBHOOK_PATH, signature: signatureOf(WEBHOOK_URL, params) }),
    ],
    [
      'signed with another query',
      (params) => ({
        path: `${SMS_WEBHOOK_PATH}?a=2`,
        signature: signatureOf(`${PUBLIC_URL}${SMS_WEBHOOK_PATH}?a=1`, params),
      }),
    ],
    [
      'of another account',
      (params) => {
        const foreign = { ...params, AccountSid: `AC${'f'.repeat(32)}` };
        return { body: encodeForm(foreign), signature: signatureOf(WEBHOOK_URL, foreign) };
      },
    ],
    [
      'of no account',
      (params) => {
        const nobody = without(params, 'AccountSid');
        return { body: encodeForm(nobody), signature: signatureOf(WEBHOOK_URL, nobody) };
      },
    ],
    [
      'with a parameter moved into From',
      (params) => {
        const odd = { ...params, From: `${params['From']}FromCityParis` };
        return { body: encodeForm(odd), signature: signatureOf(WEBHOOK_URL, odd) };
      },
    ],
  ])('[S-11] a webhook %s is refused with 403, and nothing is stored', async (_, requestOf) => {
    const before = await countOfStored();
    const params = message();
    const answer = await post({ body: encodeForm(params), ...requestOf(params) });
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([403, { code: 'invalid_signature' }]);
    expect(answer.type).toContain('application/problem+json');
    expect(answer.body).not.toContain(AUTH_TOKEN);
    expect(await countOfStored()).toBe(before);
  });

  it('[S-11] an unsigned status report is refused with 403', async () => {
    const report = { MessageSid: newSid(), AccountSid: parley.twilioAccountSid, MessageStatus: 'delivered' };
    expect((await post({ path: STATUS_WEBHOOK_PATH, body: encodeForm(report), signature: 'x' })).status).toBe(
      403,
    );
    const signature = signatureOf(PUBLIC_URL + STATUS_WEBHOOK_PATH, report);
    expect((await post({ path: STATUS_WEBHOOK_PATH, body: encodeForm(report), signature })).status).toBe(204);
  });
});

function processUrl(): string {
  return `${parley.process('sms-gateway').url}/webhook/sms`;
}

describe('bad input', () => {
  /** Signs the request as it is, so that only the input itself is wrong. */
  const signed = (params: FormParams, more: Partial<WebhookRequest> = {}): WebhookRequest => ({
    body: encodeForm(params),
    signature: signatureOf(WEBHOOK_URL, params),
    ...more,
  });
  const json = (body: string, path = SMS_WEBHOOK_PATH): WebhookRequest => {
    const target = `${path}?bodySHA256=${createHash('sha256').update(body).digest('hex')}`;
    return { path: target, body, type: 'application/json', signature: signatureOf(PUBLIC_URL + target) };
  };

  it.each<[string, () => WebhookRequest, number]>([
    ['a megabyte', () => signed(message({ Body: 'x'.repeat(1 << 20) })), 413],
    [
      'bytes that are not UTF-8',
      () => ({
        body: Buffer.from([0x42, 0x3d, 0xff, 0xfe]),
        signature: signatureOf(WEBHOOK_URL, { B: '��' }),
      }),
      400,
    ],
    [
      'escapes that are not UTF-8',
      () => ({ body: 'Body=%ff', signature: signatureOf(WEBHOOK_URL, { Body: '�' }) }),
      400,
    ],
    [
      '10,000 parameters',
      () => ({ body: Array.from({ length: 10_000 }, (_, index) => `${index}`).join('&'), signature: 'x' }),
      400,
    ],
    [
      'a repeated parameter',
      () => {
        const params = message();
        return signed(params, { body: `${encodeForm(params)}&From=%2B15550100099` });
      },
      400,
    ],
    [
      '__proto__ as a repeated parameter',
      () => signed(message(), { body: '__proto__=1&__proto__=2&constructor=3' }),
      400,
    ],
    ['__proto__ and no field of a text', () => signed({ ['__proto__']: 'x', constructor: 'y' }), 403],
    ['no MessageSid', () => signed(without(message(), 'MessageSid')), 422],
    ['no From', () => signed(without(message(), 'From')), 422],
    ['no To', () => signed(without(message(), 'To')), 422],
    ['NumMedia that is no number', () => signed(message({ NumMedia: 'many' })), 403],
    ['an endless sender', () => signed(message({ From: 'x'.repeat(301) })), 403],
    ['no body', () => ({ body: '', signature: signatureOf(WEBHOOK_URL) }), 403],
    [
      'JSON of the wrong shape',
      () => json(`{"AccountSid":"${parley.twilioAccountSid}","MessageSid":[]}`),
      422,
    ],
    ['truncated JSON', () => json('{"AccountSid":'), 400],
    ['JSON that is a list', () => json('[1,2,3]'), 422],
    ['JSON with __proto__', () => json('{"__proto__":{"From":"+15550100001"}}'), 400],
    ['multipart', () => signed(message(), { type: 'multipart/form-data; boundary=x' }), 415],
    ['XML', () => ({ body: '<a/>', type: 'text/xml', signature: 'x' }), 415],
    ['no content type', () => signed(message(), { type: null }), 415],
    ['a slash at the end of the path', () => signed(message(), { path: '/webhook/sms/' }), 404],
    [
      'a status report without a message',
      () => ({
        path: STATUS_WEBHOOK_PATH,
        body: '',
        signature: signatureOf(PUBLIC_URL + STATUS_WEBHOOK_PATH),
      }),
      403,
    ],
    [
      'a status report for an unknown send',
      () => {
        const report = { MessageSid: newSid(), AccountSid: parley.twilioAccountSid, MessageStatus: 'sent' };
        const path = `${STATUS_WEBHOOK_PATH}?send=snd_none`;
        return { path, body: encodeForm(report), signature: signatureOf(PUBLIC_URL + path, report) };
      },
      400,
    ],
  ])('[S-11] a webhook with %s is refused, and nothing is stored', async (_, requestOf, status) => {
    const before = await countOfStored();
    const answer = await post(requestOf());
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([
      status,
      { status, code: expect.any(String), requestId: expect.any(String) },
    ]);
    expect(await countOfStored()).toBe(before);
  });

  it('[S-11] a webhook answers GET with 405 and an Allow header that names POST', async () => {
    const answer = await fetch(processUrl());
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

it(
  `[S-11] ${GENERATED} generated requests are all answered, never with 5xx, and only texts are stored`,
  { timeout: 180_000 },
  async () => {
    const before = await countOfStored();
    const generated = fc.sample(generatedRequests, {
      numRuns: GENERATED,
      seed: Number(process.env['FUZZ_SEED'] ?? 20_260_102),
    });
    const statuses = new Map<number, number>();
    const accepted: GeneratedRequest[] = [];
    const failures: unknown[] = [];
    const queue = generated.values();
    const worker = async () => {
      for (const each of queue) {
        const { status } = await post(generatedPost(each, parley.twilioAccountSid, message));
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status >= 500) failures.push({ status, each: JSON.stringify(each) });
        if (status === 200) accepted.push(each);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    expect(failures.slice(0, 5)).toEqual([]);
    expect(Array.from(statuses.values()).reduce((sum, count) => sum + count, 0)).toBe(GENERATED);
    expect(accepted.every(({ kind }) => kind === 'almost')).toBe(true);
    expect((await countOfStored()) - before).toBeLessThanOrEqual(2 * accepted.length);
    expect(statuses.get(403)).toBeGreaterThan(GENERATED / 4);
    const genuine = message();
    expect(
      (await post({ body: encodeForm(genuine), signature: signatureOf(WEBHOOK_URL, genuine) })).status,
    ).toBe(200);
  },
);
