import { RunningParley, someNumber } from '@parley/testing';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let parley: RunningParley;

beforeAll(async () => {
  // A send has 1 s and is given up 1.5 s later. Twilio's list is requested after 3 s and after 15 s; a failed text is
  // repeated after 15 s.
  parley = await RunningParley.start({ recoveryTimeScale: 0.05, replicas: { 'sms-gateway': 2 } });
  await parley.process('sms-gateway', 1).stop();
});
afterAll(async () => parley?.stop());

interface Message {
  id: string;
  status: string;
  failureReason?: string;
}

const send = async (to: string, text: string) =>
  (
    await parley.api<Message>('/v1/messages', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      body: JSON.stringify({ to, text }),
    })
  ).body.id;
const statusOf = async (id: string) => (await parley.api<Message>(`/v1/messages/${id}`)).body.status;
const sentTo = async (to: string) =>
  (await parley.simulator.messages({ to, direction: 'outbound', waitMs: 0 })).map(({ body }) => body);
const attempts = (id: string) =>
  parley.query<{ status: string; retry_of: string | null }>(
    'SELECT status, retry_of FROM gateway.send WHERE message_id = $1 ORDER BY position',
    [id],
  );

describe('outcome unknown', () => {
  it('[S-17] a text whose gateway was killed during the send is found in Twilio’s list, and not sent again', async () => {
    const person = someNumber();
    const script = [{ status: 'delivered', posted: false }];
    await parley.simulator.fault({ kind: 'status-callbacks', script, to: person });
    await parley.simulator.fault({ kind: 'twilio.create', mode: 'delay', delayMs: 20_000, to: person });
    const id = await send(person, 'Your table is ready.');
    await parley.simulator.messages({ to: person, direction: 'outbound' });
    await parley.process('sms-gateway').restart('kill');

    await expect.poll(() => statusOf(id)).toBe('delivered');
    expect(await sentTo(person)).toEqual(['Your table is ready.']);
    expect(await attempts(id)).toEqual([{ status: 'ACCEPTED', retry_of: null }]);
  });

  it('[S-17] a send whose gateway froze is reconciled by another gateway, and the frozen gateway changes nothing when it resumes', async () => {
    const person = someNumber();
    const script = [{ status: 'delivered', posted: false }];
    await parley.simulator.fault({ kind: 'status-callbacks', script, to: person });
    await parley.simulator.fault({ kind: 'twilio.create', mode: 'delay', delayMs: 500, to: person });
    const id = await send(person, 'It is open.');
    await parley.simulator.messages({ to: person, direction: 'outbound' });
    const [frozen, other] = [parley.process('sms-gateway'), parley.process('sms-gateway', 1)];
    frozen.signal('SIGSTOP');
    await other.start();
    await expect.poll(() => attempts(id)).toEqual([{ status: 'ACCEPTED', retry_of: null }]);
    const before = await parley.query('SELECT * FROM gateway.send WHERE message_id = $1', [id]);
    frozen.signal('SIGCONT');

    await expect.poll(() => statusOf(id)).toBe('delivered');
    await other.stop();
    // The gateway that resumed sends the next text, so by then that gateway has finished its earlier work.
    await parley.simulator.text({ from: someNumber(), body: 'Hello' });
    await parley.settled();
    expect(await parley.query('SELECT * FROM gateway.send WHERE message_id = $1', [id])).toEqual(before);
    expect(await sentTo(person)).toEqual(['It is open.']);
  });

  it('[S-17] a text that is not in Twilio’s list is sent once more, unless an equal text is in the list', async () => {
    const [one, twice] = [someNumber(), someNumber()];
    await parley.simulator.fault({ kind: 'twilio.create', mode: '500', to: one });
    await parley.simulator.fault({ kind: 'status-callbacks', script: [], to: twice });
    await parley.simulator.fault({ kind: 'twilio.create', mode: 'accept-then-500', to: twice, times: 2 });
    const lost = await send(one, 'At six.');
    const equal = [await send(twice, 'OK'), await send(twice, 'OK')];
    await expect.poll(() => statusOf(lost)).toBe('unconfirmed');
    expect(await sentTo(one)).toEqual([]);

    await expect.poll(() => statusOf(lost)).toBe('delivered');
    expect(await sentTo(one)).toEqual(['At six.']);
    expect(await attempts(lost)).toMatchObject([{ status: 'UNKNOWN' }, { status: 'ACCEPTED' }]);
    for (const id of equal) {
      await expect.poll(() => statusOf(id)).toBe('failed');
      expect((await parley.api<Message>(`/v1/messages/${id}`)).body.failureReason).toBe('outcome-unknown');
    }
    expect(await sentTo(twice)).toEqual(['OK', 'OK']);
  });
});

it('[S-16] a text that failed because the handset was off is sent once more, as another attempt', async () => {
  const person = someNumber();
  const script = [{ status: 'sent' }, { status: 'undelivered', errorCode: 30003, afterMs: 50 }];
  await parley.simulator.fault({ kind: 'status-callbacks', script, to: person, times: 1 });
  const id = await send(person, 'Are you there?');
  await expect
    .poll(() =>
      parley.query(`SELECT 1 FROM gateway.send WHERE message_id = $1 AND provider_status = 'undelivered'`, [
        id,
      ]),
    )
    .toHaveLength(1);
  expect(await statusOf(id)).toBe('sent');
  await parley.process('sms-gateway').restart('kill');

  await expect.poll(() => statusOf(id)).toBe('delivered');
  expect(await sentTo(person)).toEqual(['Are you there?', 'Are you there?']);
  expect(await attempts(id)).toMatchObject([{ retry_of: null }, { status: 'ACCEPTED' }]);
});
