import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ACCOUNT_SID,
  OWN_NUMBER,
  PERSON,
  type RunningSimulator,
  SECOND_OWN_NUMBER,
  startSimulator,
} from '../testing/running-simulator.js';
import { twilioClientFor } from '../testing/twilio-client.js';

describe("Twilio's Messages API, by Twilio's own client", () => {
  let simulator: RunningSimulator;
  let client: ReturnType<typeof twilioClientFor>;

  beforeAll(async () => {
    simulator = await startSimulator({
      SIMULATOR_TWILIO_API_KEY: `SK${'ab'.repeat(16)}`,
      SIMULATOR_TWILIO_API_SECRET: 'key-secret',
    });
    client = twilioClientFor(simulator.url);
  });
  beforeEach(() => simulator.control('POST', 'reset'));
  afterAll(() => simulator.close());

  const send = (over: object = {}) =>
    client.messages.create({ to: PERSON, from: OWN_NUMBER, body: 'Hello', ...over });

  const play = async (fault: object) => {
    const added = await simulator.control('POST', 'faults', { kind: 'twilio.create', ...fault });
    expect(added.status).toBe(201);
  };
  const sentTo = async (to = PERSON) => (await client.messages.list({ to })).length;

  it('the simulator’s POST Messages creates a message and returns it in Twilio’s format', async () => {
    const created = await send({ body: 'Grüße “quoted”' });
    expect(created).toMatchObject({
      accountSid: ACCOUNT_SID,
      apiVersion: '2010-04-01',
      body: 'Grüße “quoted”',
      direction: 'outbound-api',
      errorCode: null,
      errorMessage: null,
      from: OWN_NUMBER,
      messagingServiceSid: null,
      numMedia: '0',
      numSegments: '1',
      price: null,
      status: 'queued',
      to: PERSON,
    });
    expect(created.sid).toMatch(/^SM[0-9a-f]{32}$/);
    expect(created.uri).toBe(`/2010-04-01/Accounts/${ACCOUNT_SID}/Messages/${created.sid}.json`);
    expect(Math.abs(created.dateCreated.getTime() - Date.now())).toBeLessThan(60_000);
  });

  it('a message sent through the simulator becomes delivered, and a fetch returns the new status', async () => {
    const { sid } = await send();
    await simulator.control('GET', 'messages?status=delivered&waitMs=5000');
    expect(await client.messages(sid).fetch()).toMatchObject({ sid, status: 'delivered', body: 'Hello' });
  });

  it.each([
    ['an invalid recipient', { to: '12345' }, 21211],
    ['a missing recipient', { to: '' }, 21604],
    ['a sender of another account', { from: '+15550109999' }, 21659],
    ['a missing sender', { from: undefined }, 21603],
    ['a message to its own sender', { to: OWN_NUMBER }, 21266],
    ['a missing body', { body: undefined }, 21602],
    ['a body of 1601 characters', { body: 'a'.repeat(1601) }, 21617],
    ['a callback that is not a URL', { statusCallback: 'somewhere' }, 21609],
    ['an unknown Messaging Service', { messagingServiceSid: `MG${'0'.repeat(32)}` }, 21701],
  ])('the simulator’s POST Messages refuses %s with Twilio’s code', async (_name, over, code) => {
    await expect(send(over)).rejects.toMatchObject({
      status: 400,
      code,
      moreInfo: `https://www.twilio.com/docs/errors/${code}`,
    });
    const { json } = await simulator.control('GET', 'requests?kind=twilio.create');
    expect(json.requests).toMatchObject([{ outcome: 'answered', status: 400, code, messageSid: null }]);
  });

  it('the simulator’s POST Messages accepts a body of 1600 characters', async () => {
    expect(await send({ body: 'a'.repeat(1600) })).toMatchObject({ numSegments: '11' });
  });

  it('the simulated Twilio REST API refuses wrong credentials and accepts an API key', async () => {
    const stranger = twilioClientFor(simulator.url, ACCOUNT_SID, 'wrong');
    await expect(stranger.messages.list()).rejects.toMatchObject({ status: 401, code: 20003 });
    const byKey = twilioClientFor(simulator.url, `SK${'ab'.repeat(16)}`, 'key-secret');
    expect(await byKey.messages.list()).toEqual([]);
  });

  it('the simulated Twilio REST API returns 404 for an unknown message or resource', async () => {
    await expect(client.messages(`SM${'0'.repeat(32)}`).fetch()).rejects.toMatchObject({
      status: 404,
      code: 20404,
    });
    await expect(client.conferences.list()).rejects.toMatchObject({ status: 404, code: 20404 });
  });

  it('the simulator’s GET Messages pages from the newest without gaps or repeats while new messages arrive', async () => {
    const sids: string[] = [];
    for (let n = 0; n < 5; n += 1) sids.unshift((await send({ body: `text ${n}` })).sid);
    const first = await client.messages.page({ to: PERSON, pageSize: 2 });
    await send({ body: 'comes in between' });
    const second = await first.nextPage();
    const third = await second!.nextPage();
    const listed = [first, second!, third!].flatMap((page) => page.instances.map((message) => message.sid));
    expect(listed).toEqual(sids);
    expect(await third!.nextPage()).toBeUndefined();
    expect(first.previousPageUrl).toBeUndefined();
  });

  it('the simulator’s GET Messages filters by To, From and the GMT day of sending, over both directions', async () => {
    await send();
    await send({ from: SECOND_OWN_NUMBER });
    await simulator.control('GET', 'messages?status=delivered&count=2&waitMs=5000');
    await simulator.control('POST', 'inbound-sms', { from: PERSON, body: 'Hi', url: 'http://127.0.0.1:9/' });
    const dayMs = 86_400_000;
    const [today, tomorrow] = [new Date(), new Date(Date.now() + dayMs)];
    expect(await client.messages.list({ to: PERSON })).toHaveLength(2);
    expect(await client.messages.list({ to: OWN_NUMBER })).toMatchObject([
      { direction: 'inbound', status: 'received', body: 'Hi', from: PERSON },
    ]);
    expect(await client.messages.list({ from: SECOND_OWN_NUMBER })).toHaveLength(1);
    expect(await client.messages.list({ dateSent: today })).toHaveLength(3);
    expect(await client.messages.list({ dateSentAfter: today, dateSentBefore: today })).toHaveLength(3);
    expect(await client.messages.list({ dateSentAfter: tomorrow })).toHaveLength(0);
    expect(await client.messages.list({ dateSentBefore: new Date(Date.now() - dayMs) })).toHaveLength(0);
  });

  describe('faults of POST Messages', () => {
    it('with the fault 429 the simulator’s POST Messages sends nothing, and the next request succeeds', async () => {
      await play({ mode: '429', retryAfter: 2 });
      await expect(send()).rejects.toMatchObject({ status: 429, code: 20429 });
      expect(await sentTo()).toBe(0);
      await send();
    });

    it('with the fault 400 the simulator’s POST Messages refuses one recipient with the code and sends to others', async () => {
      await play({ mode: '400', code: 21614, to: PERSON });
      await send({ to: '+15550100002' });
      await expect(send()).rejects.toMatchObject({ status: 400, code: 21614 });
    });

    it('with the fault 500 the simulator’s POST Messages sends nothing', async () => {
      await play({ mode: '500', times: 2 });
      await expect(send()).rejects.toMatchObject({ status: 500, code: 20500 });
      await expect(send()).rejects.toMatchObject({ status: 500 });
      expect(await sentTo()).toBe(0);
    });

    it('with the fault accept-then-500 the simulator’s POST Messages sends the message and answers 500', async () => {
      await play({ mode: 'accept-then-500' });
      await expect(send()).rejects.toMatchObject({ status: 500 });
      expect(await sentTo()).toBe(1);
    });

    it('with the fault accept-then-reset the simulator’s POST Messages sends the message and resets the connection', async () => {
      await play({ mode: 'accept-then-reset' });
      await expect(send()).rejects.toMatchObject({ code: 'ECONNRESET' });
      const { json } = await simulator.control('GET', 'requests?kind=twilio.create');
      const [message] = await client.messages.list({ to: PERSON });
      expect(json.requests).toMatchObject([
        { outcome: 'reset', status: null, messageSid: message?.sid, fault: 'accept-then-reset' },
      ]);
    });

    it('with the fault delay the simulator’s POST Messages stores the message before it answers', async () => {
      await play({ mode: 'delay', delayMs: 60_000 });
      const answer = send().then(
        () => 'answered',
        () => 'failed',
      );
      const { json } = await simulator.control(
        'GET',
        `messages?to=${encodeURIComponent(PERSON)}&waitMs=5000`,
      );
      expect(json.messages).toHaveLength(1);
      expect((await simulator.control('GET', 'requests?outcome=pending')).json.requests).toHaveLength(1);
      await simulator.control('POST', 'reset');
      expect(await answer).toBe('answered');
    });

    it('DELETE /control/faults removes all faults', async () => {
      await play({ mode: '500', times: 5 });
      await simulator.control('DELETE', 'faults');
      expect(await send()).toMatchObject({ status: 'queued' });
    });
  });
});
