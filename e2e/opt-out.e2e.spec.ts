import type { MessageView } from '@parley/contracts';
import { RunningParley, someNumber } from '@parley/testing';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const handlings = ['default', 'advanced', 'off'] as const;

describe.each(handlings)('[S-14] with TWILIO_OPT_OUT_HANDLING=%s,', (handling) => {
  let parley: RunningParley;

  beforeAll(async () => {
    parley = await RunningParley.start({
      model: 'simulated',
      env: { SIMULATOR_OPT_OUT: handling, TWILIO_OPT_OUT_HANDLING: handling },
    });
  });
  afterAll(async () => parley?.stop());

  const received = (person: string) =>
    parley.simulator.messages({ to: person, direction: 'outbound', waitMs: 0 });

  async function logOf(text: string): Promise<MessageView[]> {
    return parley.messagesIn((await parley.conversationOf(text))!);
  }

  const send = (to: string, text: string) =>
    parley.api<MessageView>('/v1/messages', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      body: JSON.stringify({ to, text }),
    });
  const statusOf = async ({ id }: MessageView) =>
    (await parley.api<MessageView>(`/v1/messages/${id}`)).body.status;
  const events = (subject: string) =>
    parley.query(`SELECT 1 FROM orchestrator.outbox WHERE subject LIKE $1`, [`evt.${subject}.%`]);

  it('STOP is confirmed once, by Twilio or by the gateway, and nothing is sent until START', async () => {
    const person = someNumber();
    const hello = `Hello from ${person.slice(-6)}`;
    await parley.simulator.text({ from: person, body: hello });
    await parley.simulator.repliesTo(person, 1);
    const optOuts = (await events('contact.opted-out')).length;

    await parley.simulator.text({ from: person, body: 'Stop' });
    await parley.simulator.repliesTo(person, 2);
    const { body: refused } = await send(person, 'You should not get this');
    await expect.poll(() => statusOf(refused)).toBe('failed');
    await parley.simulator.text({ from: person, body: 'STOP' });
    await parley.simulator.text({ from: person, body: 'HELP' });
    await parley.simulator.text({ from: person, body: 'Are you still there?' });
    await parley.settled();
    const afterStop = await received(person);
    expect(afterStop).toHaveLength(2);
    expect(afterStop[1]!.body).toMatch(/unsubscribed/i);
    expect(afterStop[1]!.direction).toBe(handling === 'off' ? 'outbound-api' : 'outbound-reply');
    expect(await events('contact.opted-out')).toHaveLength(optOuts + 1);

    await parley.simulator.text({ from: person, body: 'START' });
    await parley.simulator.repliesTo(person, 3);
    const back = `Back again ${person.slice(-6)}`;
    await parley.simulator.text({ from: person, body: back });
    await parley.simulator.repliesTo(person, 4);
    await parley.settled();
    expect((await received(person)).map(({ body }) => body)).toEqual([
      expect.stringContaining(hello),
      expect.stringMatching(/unsubscribed/i),
      expect.stringMatching(/subscribed/i),
      expect.stringContaining(back),
    ]);
    const log = await logOf(hello);
    expect(log.filter(({ author }) => author === 'contact').map(({ text }) => text)).toEqual([
      hello,
      'Stop',
      'STOP',
      'HELP',
      'START',
      back,
    ]);
    expect(log.filter(({ author }) => author === 'agent')).toHaveLength(2);
    const prompts = await parley.simulator.prompts(hello, { waitMs: 0 });
    expect(prompts.map(({ request }) => request.messages.at(-1)?.content)).toEqual([hello, back]);
  });

  it('HELP is answered once, and not by the model', async () => {
    const person = someNumber();
    await parley.simulator.text({ from: person, body: 'help' });
    const [answer] = await parley.simulator.repliesTo(person, 1);
    expect(answer).toMatch(/STOP/);
    await parley.settled();
    expect(await received(person)).toHaveLength(1);
  });

  it('a keyword among other words is forwarded to the agent', async () => {
    const person = someNumber();
    const body = `Please help me to stop the alarm ${person.slice(-6)}`;
    await parley.simulator.text({ from: person, body });
    expect(await parley.simulator.repliesTo(person)).toEqual([expect.stringContaining(body)]);
  });

  it('the gateway handles and answers a keyword with punctuation around it', async () => {
    const person = someNumber();
    await parley.simulator.text({ from: person, body: ' "STOP!" ' });
    expect(await parley.simulator.repliesTo(person)).toEqual([expect.stringMatching(/unsubscribed/i)]);
    const { body: refused } = await send(person, 'You should not get this');
    await expect.poll(() => statusOf(refused)).toBe('failed');
    await parley.settled();
    expect(await received(person)).toHaveLength(1);
  });

  it('YES is forwarded to the agent, unless the person opted out', async () => {
    const person = someNumber();
    const isTwilios = handling !== 'off';
    await parley.simulator.text({ from: person, body: `Is it raining ${person.slice(-6)}?` });
    await parley.simulator.repliesTo(person, 1);
    await parley.simulator.text({ from: person, body: 'Unsubscribe' });
    await parley.simulator.repliesTo(person, 2);
    await parley.simulator.text({ from: person, body: 'yes' });
    await parley.simulator.repliesTo(person, 3);
    const { body: welcome } = await send(person, 'Welcome back');
    await expect.poll(() => statusOf(welcome)).toBe('delivered');
    const messages = await received(person);
    expect(messages.at(-2)!.direction).toBe(isTwilios ? 'outbound-reply' : 'outbound-api');
  });

  // With this setting Twilio handles no opt-outs, so it refuses no text.
  if (handling === 'off') return;

  it('an opt-out whose webhook was lost is recorded when Twilio refuses a text', async () => {
    const person = someNumber();
    await parley.simulator.fault({ kind: 'webhook.inbound', mode: 'withhold', from: person, times: 1 });
    await parley.simulator.text({ from: person, body: 'STOP' });
    const optOuts = (await events('contact.opted-out')).length;
    const { body: first } = await send(person, 'Refused by the carrier');
    await expect.poll(() => statusOf(first)).toBe('failed');
    await expect.poll(async () => (await events('contact.opted-out')).length).toBe(optOuts + 1);
    const requestsOf = async () => parley.query(`SELECT 1 FROM gateway.send WHERE reason = 'opted-out'`);
    const refusedByUs = (await requestsOf()).length;
    const { body: second } = await send(person, 'Refused by us');
    await expect.poll(() => statusOf(second)).toBe('failed');
    expect(await requestsOf()).toHaveLength(refusedByUs + 1);
  });
});
