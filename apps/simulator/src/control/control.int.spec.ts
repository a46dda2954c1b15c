import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OWN_NUMBER, PERSON, type RunningSimulator, startSimulator } from '../testing/running-simulator.js';
import { twilioClientFor } from '../testing/twilio-client.js';

describe('the control API', () => {
  let simulator: RunningSimulator;

  beforeAll(async () => {
    simulator = await startSimulator();
  });
  beforeEach(() => simulator.control('POST', 'reset'));
  afterAll(() => simulator.close());

  const send = (body: string) =>
    twilioClientFor(simulator.url).messages.create({ to: PERSON, from: OWN_NUMBER, body });

  it('GET /control/messages waits for as many matching messages as the query asks for', async () => {
    const waiting = simulator.control('GET', 'messages?direction=outbound&count=2&waitMs=10000');
    await send('one');
    await send('two');
    const { json } = await waiting;
    expect(json.messages).toMatchObject([
      { index: 0, body: 'one', direction: 'outbound-api', from: OWN_NUMBER, to: PERSON },
      { index: 1, body: 'two' },
    ]);
    expect(json.next).toBe(2);
    const { json: later } = await simulator.control('GET', `messages?since=${json.next}&waitMs=10`);
    expect(later).toEqual({ messages: [], next: 2 });
  });

  it('GET /control/messages accepts a number with an unescaped + in the query', async () => {
    await send('one');
    expect((await simulator.control('GET', `messages?to=${PERSON}`)).json.messages).toHaveLength(1);
    expect((await simulator.control('GET', `messages?from=${PERSON}`)).json.messages).toHaveLength(0);
  });

  it('POST /control/reset removes messages, logs, faults and the model script', async () => {
    await send('one');
    await simulator.control('POST', 'faults', { kind: 'twilio.create', mode: '500', times: 3 });
    await simulator.control('POST', 'model', { mode: 'empty' });
    await simulator.control('POST', 'reset');
    expect((await simulator.control('GET', 'messages')).json).toEqual({ messages: [], next: 0 });
    expect((await simulator.control('GET', 'requests')).json).toEqual({ requests: [], next: 0 });
    expect((await simulator.control('GET', 'faults')).json).toEqual({ faults: [] });
    expect((await simulator.control('GET', 'model')).json).toMatchObject({ mode: 'echo' });
  });

  it.each([
    ['an inbound text without a sender', 'inbound-sms', { body: 'Hi' }, 'from'],
    ['an inbound text without a webhook URL', 'inbound-sms', { from: PERSON, body: 'Hi' }, 'url'],
    [
      'an inbound text to a number of another account',
      'inbound-sms',
      { from: PERSON, body: '', to: PERSON },
      'to',
    ],
    ['a malformed MessageSid', 'inbound-sms', { from: PERSON, body: '', messageSid: 'SM1' }, 'messageSid'],
    ['an unknown fault', 'faults', { kind: 'twilio.update', mode: '500' }, 'kind'],
    ['an unknown field', 'faults', { kind: 'webhook.inbound', mode: 'withhold', color: 1 }, ''],
    ['the fault "delay" without delayMs', 'faults', { kind: 'twilio.create', mode: 'delay' }, 'delayMs'],
    [
      'an unknown message status',
      'faults',
      { kind: 'status-callbacks', script: [{ status: 'lost' }] },
      'script.0.status',
    ],
    ['the model mode "fixed" without a text', 'model', { mode: 'fixed' }, 'text'],
  ])('the control API refuses %s and names the wrong field', async (_name, path, body, where) => {
    const { status, json } = await simulator.control('POST', path, body);
    expect(status).toBe(400);
    expect(json.error).toBe('invalid-request');
    expect(json.details[0].path).toBe(where);
  });

  it('the health endpoints of the simulator return 200', async () => {
    for (const path of ['live', 'ready']) {
      expect((await fetch(`${simulator.url}/health/${path}`)).status).toBe(200);
    }
  });
});
