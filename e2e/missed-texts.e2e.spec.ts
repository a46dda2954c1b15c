import { RunningParley, someNumber } from '@parley/testing';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const env = { SIMULATOR_OPT_OUT: 'off', TWILIO_OPT_OUT_HANDLING: 'off' };

let parley: RunningParley;

beforeAll(async () => {
  // Missed texts are looked for every three seconds. Only the gateway knows of opt-outs here.
  parley = await RunningParley.start({ recoveryTimeScale: 0.05, env });
});
afterAll(async () => parley?.stop());

const sentTo = (person: string) =>
  parley.simulator.messages({ to: person, direction: 'outbound', waitMs: 0 });
const logged = (text: string) =>
  parley.query<{ id: string }>('SELECT id FROM orchestrator.message WHERE text = $1', [text]);

describe('a missed text', () => {
  it('[S-18] texts that were missed while the gateway was down are answered once after its start, each person’s in order', async () => {
    const [one, other] = [someNumber(), someNumber()];
    await parley.process('sms-gateway').kill();
    const texts = ['first', 'second', 'third'].map((word) => `${word} of ${one}`);
    for (const body of texts) expect((await parley.simulator.text({ from: one, body })).status).toBeNull();
    await parley.simulator.text({ from: other, body: `only one of ${other}` });
    await parley.process('sms-gateway').start();

    expect(await parley.simulator.repliesTo(other, 1)).toHaveLength(1);
    await parley.simulator.repliesTo(one, 1);
    await parley.settled();
    expect(await sentTo(one)).toHaveLength(1);
    expect(await sentTo(other)).toHaveLength(1);
    const log = await parley.query<{ text: string }>(
      'SELECT text FROM orchestrator.message WHERE text = ANY($1) ORDER BY seq',
      [texts],
    );
    expect(log.map(({ text }) => text)).toEqual(texts);
  });

  it('[S-18] a text whose webhook was lost is found and answered, and a late webhook changes nothing', async () => {
    const person = someNumber();
    await parley.simulator.fault({ kind: 'webhook.inbound', mode: 'withhold', from: person, times: 1 });
    const text = { from: person, body: `withheld from ${person}` };
    const { messageSid } = await parley.simulator.text(text);
    await parley.simulator.repliesTo(person, 1);
    expect((await parley.simulator.text({ ...text, messageSid })).status).toBe(200);
    await parley.settled();
    expect(await sentTo(person)).toHaveLength(1);
    expect(await logged(text.body)).toHaveLength(1);
  });

  it('[S-18] a missed text that is found a day later is logged and not answered', async () => {
    const person = someNumber();
    await parley.query(`UPDATE gateway.line SET created_at = now() - interval '3 days'`);
    await parley.process('sms-gateway').stop();
    await parley.query(`UPDATE gateway.line SET polled_at = now() - interval '2 days'`);
    await parley.simulator.fault({ kind: 'webhook.inbound', mode: 'withhold', from: person });
    const [old, recent] = [`old ${person}`, `recent ${person}`];
    const hoursAgo = (hours: number) => new Date(Date.now() - hours * 3_600_000).toISOString();
    await parley.simulator.text({ from: person, body: old, sentAt: hoursAgo(25) });
    await parley.process('sms-gateway').start();
    await expect.poll(() => logged(old)).toHaveLength(1);
    await parley.settled();
    expect(await sentTo(person)).toEqual([]);

    await parley.simulator.text({ from: person, body: recent });
    await parley.simulator.repliesTo(person, 1);
  });
});

describe('a missed STOP', () => {
  beforeAll(async () => {
    await parley.stop();
    // Sending begins after at most 15 s, long after the first search for missed texts.
    parley = await RunningParley.start({ recoveryTimeScale: 0.5, env });
  });

  it('[S-18] a STOP that was missed while the gateway was down takes effect before anything is sent', async () => {
    const person = someNumber();
    const hello = { from: person, body: `Hello from ${person}` };
    const { messageSid } = await parley.simulator.text(hello);
    // On a slow machine a gateway that has just started may refuse its first webhook, so Twilio posts it again.
    const posted = async () => (await parley.simulator.text({ ...hello, messageSid })).status;
    await expect.poll(posted, { timeout: 30_000 }).toBe(200);
    await parley.simulator.repliesTo(person, 1);
    await parley.settled();
    await parley.simulator.fault({ kind: 'twilio.create', mode: '429', retryAfter: 60, to: person });
    const sent = await parley.api<{ id: string }>('/v1/messages', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      body: JSON.stringify({ to: person, text: 'You should not get this' }),
    });
    await expect
      .poll(() =>
        parley.query(
          `SELECT 1 FROM gateway.send WHERE message_id = $1 AND status = 'PENDING' AND attempt = 1`,
          [sent.body.id],
        ),
      )
      .toHaveLength(1);
    await parley.process('sms-gateway').kill();
    expect((await parley.simulator.text({ from: person, body: 'STOP' })).status).toBeNull();
    await parley.query(`UPDATE gateway.send SET not_before = now() WHERE message_id = $1`, [sent.body.id]);
    await parley.process('sms-gateway').start();

    await expect
      .poll(async () => (await parley.api<{ status: string }>(`/v1/messages/${sent.body.id}`)).body.status, {
        timeout: 60_000,
      })
      .toBe('failed');
    await parley.simulator.repliesTo(person, 2);
    await parley.settled();
    expect((await sentTo(person)).map(({ body }) => body)).toEqual([
      expect.stringContaining('Hello'),
      expect.stringMatching(/unsubscribed/i),
    ]);
  });
});
