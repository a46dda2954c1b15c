import twilio from 'twilio';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ACCOUNT_SID,
  AUTH_TOKEN,
  OWN_NUMBER,
  PERSON,
  type RunningSimulator,
  startSimulator,
} from '../testing/running-simulator.js';
import { twilioClientFor } from '../testing/twilio-client.js';
import { type ReceivedPost, WebhookReceiver } from '../testing/webhook-receiver.js';

/** Returns Twilio's error code, or null if the message is accepted. */
const refusalOf = (client: ReturnType<typeof twilioClientFor>) =>
  client.messages.create({ to: PERSON, from: OWN_NUMBER, body: 'Hello' }).then(
    () => null,
    (error: { code: number }) => error.code,
  );

describe("Twilio's webhooks", () => {
  let simulator: RunningSimulator;
  let receiver: WebhookReceiver;

  beforeAll(async () => {
    simulator = await startSimulator();
  });
  beforeEach(async () => {
    await simulator.control('POST', 'reset');
    receiver = await WebhookReceiver.start();
  });
  afterEach(() => receiver.close());
  afterAll(() => simulator.close());

  const isSigned = (post: ReceivedPost) =>
    twilio.validateRequest(
      AUTH_TOKEN,
      String(post.headers['x-twilio-signature']),
      receiver.url + post.target,
      post.params,
    );
  const text = (over: object = {}) =>
    simulator.control('POST', 'inbound-sms', {
      from: PERSON,
      body: 'Hello',
      url: `${receiver.url}/webhook/sms`,
      ...over,
    });

  const send = (over: object = {}) =>
    twilioClientFor(simulator.url).messages.create({
      to: PERSON,
      from: OWN_NUMBER,
      body: 'Hello',
      statusCallback: `${receiver.url}/status?messageId=msg_1&x=%2F`,
      ...over,
    });
  const posted = async (count: number) => {
    await simulator.control(
      'GET',
      `requests?kind=status-callback&outcome=answered&count=${count}&waitMs=5000`,
    );
    return receiver.posts.map((post) => post.params['MessageStatus']);
  };

  describe('inbound texts', () => {
    it('the simulator posts an inbound text with Twilio’s parameters and a signature that Twilio’s validator accepts', async () => {
      const body = 'Grüße 👋🏽 مرحبا & a=b+c%20';
      const { status, json } = await text({ body });
      expect(status).toBe(200);
      expect(json).toMatchObject({ status: 200, body: '<Response/>', withheld: false });
      expect(json.attempts).toMatchObject([{ outcome: 'answered', status: 200 }]);
      const [post] = receiver.posts;
      expect(post!.params).toMatchObject({
        AccountSid: ACCOUNT_SID,
        ApiVersion: '2010-04-01',
        Body: body,
        From: PERSON,
        FromCountry: 'US',
        MessageSid: json.messageSid,
        NumMedia: '0',
        NumSegments: '1',
        SmsMessageSid: json.messageSid,
        SmsSid: json.messageSid,
        SmsStatus: 'received',
        To: OWN_NUMBER,
      });
      expect(isSigned(post!)).toBe(true);
      expect(isSigned({ ...post!, params: { ...post!.params, Body: 'forged' } })).toBe(false);
    });

    it('the simulator’s inbound webhook uses path and query as configured, without the fragment', async () => {
      await text({ url: `${receiver.url}/webhook/sms?a=%2F'b'#rc=2&rp=5xx` });
      expect(receiver.posts[0]!.target).toBe("/webhook/sms?a=%2F'b'");
      expect(isSigned(receiver.posts[0]!)).toBe(true);
    });

    it('the simulator’s inbound webhook can have added parameters or no signature', async () => {
      await text({ params: { NumMedia: '1', MediaUrl0: 'https://example.com/a.png' } });
      await text({ signed: false });
      expect(receiver.posts[0]!.params).toMatchObject({
        NumMedia: '1',
        MediaUrl0: 'https://example.com/a.png',
      });
      expect(isSigned(receiver.posts[0]!)).toBe(true);
      expect(receiver.posts[1]!.headers['x-twilio-signature']).toBeUndefined();
    });

    it('an inbound text with a known MessageSid is posted again with the same idempotency token', async () => {
      const { json: first } = await text();
      await Promise.all(Array.from({ length: 20 }, () => text({ messageSid: first.messageSid })));
      const tokens = new Set(receiver.posts.map((post) => post.headers['i-twilio-idempotency-token']));
      expect(receiver.posts).toHaveLength(21);
      expect(tokens.size).toBe(1);
      const { json } = await simulator.control('GET', 'messages?direction=inbound');
      expect(json.messages).toMatchObject([{ sid: first.messageSid, body: 'Hello', status: 'received' }]);
    });

    it('the fault "withhold" stores an inbound text and posts no webhook', async () => {
      await simulator.control('POST', 'faults', { kind: 'webhook.inbound', mode: 'withhold', times: 1 });
      const { json } = await text();
      expect(json).toMatchObject({ withheld: true, status: null, attempts: [] });
      expect(receiver.posts).toHaveLength(0);
      expect((await text()).json.withheld).toBe(false);
      expect((await simulator.control('GET', 'messages')).json.messages).toHaveLength(2);
    });
  });

  describe('webhook retries', () => {
    it('the simulator retries a webhook once after a connect failure and not after a 503', async () => {
      receiver.answers = [503];
      const { json } = await text();
      expect(json).toMatchObject({ status: 503 });
      expect(receiver.posts).toHaveLength(1);
      const dead = await WebhookReceiver.start();
      await dead.close();
      const { json: refused } = await text({ url: dead.url });
      expect(refused).toMatchObject({ status: null, body: null });
      expect(refused.attempts).toMatchObject([{ outcome: 'connect-failed' }, { outcome: 'connect-failed' }]);
    });

    it('the simulator retries a webhook after 5xx, dropped connections and time-outs if its URL’s fragment says so', async () => {
      receiver.answers = [500, -1, 0, 200];
      const { json } = await text({ url: `${receiver.url}/webhook/sms#rc=3&rp=ct,rt,5xx&rt=100` });
      expect(json.status).toBe(200);
      expect(json.attempts.map((attempt: { outcome: string }) => attempt.outcome)).toEqual([
        'answered',
        'read-failed',
        'read-failed',
        'answered',
      ]);
      const tokens = new Set(receiver.posts.map((post) => post.headers['i-twilio-idempotency-token']));
      expect(tokens.size).toBe(1);
      const { json: log } = await simulator.control('GET', 'requests?kind=webhook.inbound');
      expect(log.requests).toMatchObject([
        { attempt: 1, status: 500 },
        { attempt: 2, outcome: 'read-failed' },
        { attempt: 3, error: 'read timeout' },
        { attempt: 4, status: 200 },
      ]);
    });

    it('the simulator posts a failed webhook to the fallback URL with its error', async () => {
      const withFallback = await startSimulator({
        SIMULATOR_SMS_WEBHOOK_URL: `${receiver.url}/webhook/sms#rc=0`,
        SIMULATOR_SMS_FALLBACK_URL: `${receiver.url}/fallback`,
      });
      receiver.answers = [503];
      const { json } = await withFallback.control('POST', 'inbound-sms', { from: PERSON, body: 'Hello' });
      await withFallback.close();
      expect(json).toMatchObject({ status: 200 });
      expect(receiver.posts.map((post) => post.target)).toEqual(['/webhook/sms', '/fallback']);
      expect(receiver.posts[1]!.params).toMatchObject({
        ErrorCode: '11200',
        ErrorUrl: `${receiver.url}/webhook/sms`,
      });
      expect(isSigned(receiver.posts[1]!)).toBe(true);
    });
  });

  describe('status callbacks', () => {
    it('the simulator posts signed status callbacks in order to the unchanged URL', async () => {
      const { sid } = await send();
      expect(await posted(3)).toEqual(['queued', 'sent', 'delivered']);
      expect(receiver.posts.every(isSigned)).toBe(true);
      expect(receiver.posts[2]!.target).toBe('/status?messageId=msg_1&x=%2F');
      expect(receiver.posts[2]!.params).toMatchObject({
        AccountSid: ACCOUNT_SID,
        ApiVersion: '2010-04-01',
        From: OWN_NUMBER,
        MessageSid: sid,
        MessageStatus: 'delivered',
        SmsSid: sid,
        SmsStatus: 'delivered',
        To: PERSON,
      });
      const tokens = new Set(receiver.posts.map((post) => post.headers['i-twilio-idempotency-token']));
      expect(tokens.size).toBe(3);
    });

    it('a script reorders and repeats the status callbacks of one recipient', async () => {
      await simulator.control('POST', 'faults', {
        kind: 'status-callbacks',
        to: PERSON,
        script: [
          { status: 'undelivered', errorCode: 30003, repeat: 2 },
          { status: 'sent', afterMs: 50 },
        ],
      });
      const { sid } = await send();
      expect(await posted(3)).toEqual(['undelivered', 'undelivered', 'sent']);
      expect(receiver.posts[0]!.params).toMatchObject({ ErrorCode: '30003' });
      expect(await twilioClientFor(simulator.url).messages(sid).fetch()).toMatchObject({
        status: 'undelivered',
        errorCode: 30003,
        errorMessage: 'Unreachable destination handset',
      });
    });

    it.each([
      ['after', ['delivered', 'undelivered']],
      ['before', ['undelivered', 'delivered']],
    ])('a text reported "undelivered" %s "delivered" remains delivered', async (_, reported) => {
      await simulator.control('POST', 'faults', {
        kind: 'status-callbacks',
        script: reported.map((status, index) => ({
          status,
          afterMs: index * 60,
          ...(status === 'undelivered' && { errorCode: 30003 }),
        })),
      });
      const { sid } = await send();
      expect(await posted(2)).toEqual(reported);
      expect(await twilioClientFor(simulator.url).messages(sid).fetch()).toMatchObject({
        status: 'delivered',
        errorCode: null,
      });
    });

    it('POST /control/reset cancels all status callbacks of earlier messages', async () => {
      receiver.answers = [0];
      const { sid } = await send();
      await simulator.control('GET', 'requests?kind=status-callback&outcome=pending&waitMs=5000');
      await simulator.control('POST', 'reset');
      await send();
      await posted(3);
      const ofTheFirst = receiver.posts.filter((post) => post.params['MessageSid'] === sid);
      expect(ofTheFirst.map((post) => post.params['MessageStatus'])).not.toContain('sent');
      const { json } = await simulator.control('GET', `requests?messageSid=${sid}`);
      expect(json.requests).toEqual([]);
    });

    it('with an empty status script no status callbacks are posted', async () => {
      await simulator.control('POST', 'faults', { kind: 'status-callbacks', script: [], times: 1 });
      const { sid } = await send();
      await send({ to: '+15550100002' });
      await posted(3);
      expect(receiver.posts.every((post) => post.params['To'] === '+15550100002')).toBe(true);
      expect(await twilioClientFor(simulator.url).messages(sid).fetch()).toMatchObject({ status: 'queued' });
    });
  });

  describe('opt-out', () => {
    it('with default opt-out handling, STOP gets Twilio’s reply, is posted, and blocks the person until START', async () => {
      const client = twilioClientFor(simulator.url);
      await text({ body: ' stop ' });
      expect(receiver.posts[0]!.params).not.toHaveProperty('OptOutType');
      const { json } = await simulator.control('GET', 'messages?direction=outbound-reply');
      expect(json.messages).toMatchObject([{ from: OWN_NUMBER, to: PERSON }]);
      expect(await refusalOf(client)).toBe(21610);
      await text({ body: 'Please STOP that' });
      await text({ body: 'Start' });
      expect(await refusalOf(client)).toBeNull();
    });

    it.each([
      ['advanced', 'STOP', 21610],
      ['off', undefined, null],
    ])(
      'with opt-out handling "%s", STOP is posted with OptOutType %s and later texts get code %s',
      async (handling, optOutType, code) => {
        const other = await startSimulator({ SIMULATOR_OPT_OUT: handling });
        const stop = { from: PERSON, body: 'STOP', url: `${receiver.url}/sms` };
        await other.control('POST', 'inbound-sms', stop);
        expect(receiver.posts[0]!.params['OptOutType']).toBe(optOutType);
        expect(isSigned(receiver.posts[0]!)).toBe(true);
        expect(await refusalOf(twilioClientFor(other.url))).toBe(code);
        await other.close();
      },
    );
  });
});
