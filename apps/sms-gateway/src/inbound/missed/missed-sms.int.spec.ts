import type { E164, LineId } from '@parley/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SendingStart } from '../../outbound/sending/sending-start.js';
import { inboundParams, messageSid, OWN_NUMBER, RunningGateway } from '../../testing/running-gateway.js';
import { FindMissedSms } from './find-missed-sms.js';
import { SendDueSms } from '../../outbound/sending/send-due-sms.js';
import { PollMissedSms } from './poll-missed-sms.js';
import { MissedSmsSearches, type ClaimedLine } from './missed-sms-searches.js';

let gateway: RunningGateway;
let searches: MissedSmsSearches;
let find: (line?: ClaimedLine) => Promise<void>;

beforeAll(async () => {
  gateway = await RunningGateway.start({ TWILIO_OPT_OUT_HANDLING: 'off' });
  await gateway.stopLoop(PollMissedSms);
  searches = gateway.get(MissedSmsSearches);
  const [line] = await gateway.query<{ id: LineId }>('SELECT id FROM line');
  const since = new Date(Date.now() - 3_600_000);
  const ours = { id: line!.id, number: OWN_NUMBER as E164, since, token: 'none' };
  find = (at = ours) => gateway.get(FindMissedSms).execute(at);
});
afterAll(async () => gateway.stop());

/** Sends a text without its webhook; returns its MessageSid. */
async function missed(from: string, body: string, more: Record<string, unknown> = {}): Promise<string> {
  await gateway.simulator.fault({ kind: 'webhook.inbound', mode: 'withhold', from, times: 1 });
  return (await gateway.simulator.text({ from, body, ...more })).messageSid;
}

const recorded = (sid: string) =>
  gateway.query<{ decision: string; thread_id: string; received_at: Date }>(
    'SELECT decision, thread_id, received_at FROM inbound_sms WHERE message_sid = $1',
    [sid],
  );
/** Whether the sender of a missed text has opted out. */
async function hasOptedOut(sid: string): Promise<boolean> {
  const [row] = await recorded(sid);
  const [person] = await gateway.query<{ hasOptedOut: boolean }>(
    `SELECT opted_out_at IS NOT NULL AS "hasOptedOut" FROM recipient
     WHERE number_index = (SELECT recipient_index FROM thread WHERE id = $1)`,
    [row!.thread_id],
  );
  return person!.hasOptedOut;
}
const received = (threadId: string) => gateway.statusEvents(threadId, 'sms.received');

describe('[S-18] a missed text', () => {
  it('a missed text is received once, although it is found and posted several times at once', async () => {
    const person = gateway.somebody();
    const sid = await missed(person, 'Hello');
    const params = inboundParams(person, 'Hello', sid);
    await Promise.all(
      Array.from({ length: 10 }, (_, turn) =>
        turn % 2 === 0
          ? find()
          : gateway.post('/webhook/sms', params).then(({ status }) => expect(status).toBe(200)),
      ),
    );
    const rows = await recorded(sid);
    expect(rows).toHaveLength(1);
    expect(await received(rows[0]!.thread_id)).toHaveLength(1);
  });

  it('a missed text is received with the time at which it was sent', async () => {
    const sentAt = new Date(Math.floor(Date.now() / 1_000) * 1_000 - 600_000);
    const sid = await missed(gateway.somebody(), 'ten minutes ago', { sentAt: sentAt.toISOString() });
    await find();
    const [row] = await recorded(sid);
    expect(row!.received_at).toEqual(sentAt);
    const [event] = await gateway.query<{ time: string }>(
      `SELECT headers->>'ce-time' AS time FROM outbox WHERE ordering_key = $1`,
      [row!.thread_id],
    );
    expect(event!.time).toBe(sentAt.toISOString());
  });

  it('a missed photo without text is received as a message', async () => {
    const params = { NumMedia: '1', MediaUrl0: 'https://example.com/a', MediaContentType0: 'image/png' };
    const sid = await missed(gateway.somebody(), '', { params });
    await find();
    expect(await recorded(sid)).toMatchObject([{ decision: 'forward' }]);
  });

  it('a missed STOP opts its sender out, unless a newer START exists', async () => {
    const [gone, back] = [gateway.somebody(), gateway.somebody()];
    const sentAt = new Date(Date.now() - 120_000).toISOString();
    const stops = [await missed(gone, 'STOP', { sentAt }), await missed(back, 'STOP', { sentAt })];
    await gateway.post('/webhook/sms', inboundParams(back, 'START'));
    await find();
    expect(await Promise.all(stops.map(hasOptedOut))).toEqual([true, false]);
  });

  it('a missed STOP takes precedence over a START of about the same time', async () => {
    const [first, second] = [gateway.somebody(), gateway.somebody()];
    const before = new Date(Date.now() - 30_000).toISOString();
    const stop = await missed(first, 'STOP', { sentAt: before });
    await gateway.post('/webhook/sms', inboundParams(first, 'START'));
    await gateway.post('/webhook/sms', inboundParams(second, 'STOP'));
    const start = await missed(second, 'START', { sentAt: new Date(Date.now() + 30_000).toISOString() });
    await find();
    expect(await Promise.all([stop, start].map(hasOptedOut))).toEqual([true, true]);
    // Both webhooks have the database's time, so neither is uncertain.
    await gateway.post('/webhook/sms', inboundParams(second, 'START'));
    expect(await hasOptedOut(start)).toBe(false);
  });

  it('a missed text that Twilio’s loop protection stopped is not answered and flags its thread', async () => {
    const { person, threadId } = await gateway.someThread();
    await gateway.simulator.fault({
      kind: 'webhook.inbound',
      mode: 'loop-protection',
      from: person,
      times: 2,
    });
    const texts = [
      await gateway.simulator.text({ from: person, body: 'We are closed.' }),
      await gateway.simulator.text({ from: person, body: 'We are closed.' }),
    ];
    await find();
    await find();
    for (const { messageSid: sid } of texts) {
      expect(
        await gateway.query('SELECT decision, reason, thread_id FROM inbound_sms WHERE message_sid = $1', [
          sid,
        ]),
      ).toEqual([{ decision: 'ignore', reason: 'carrier-loop', thread_id: null }]);
    }
    expect(await received(threadId)).toHaveLength(1);
    const flags = await gateway.statusEvents(threadId, 'sms.loop-detected');
    expect(flags.map(({ reason }) => reason)).toEqual(['carrier', 'carrier']);
  });

  it('a missed text that Twilio has redacted is received only from its webhook', async () => {
    const person = gateway.somebody();
    const sid = await missed(person, 'private');
    await gateway.simulator.fault({ kind: 'twilio.list', mode: 'redacted', to: OWN_NUMBER });
    await find();
    expect(await recorded(sid)).toEqual([]);
    await gateway.post('/webhook/sms', inboundParams(person, 'private', sid));
    expect(await recorded(sid)).toHaveLength(1);
  });

  it('a missed text is found on the second page of Twilio’s list', async () => {
    const sid = await missed(gateway.somebody(), 'before all of them');
    for (let count = 0; count < 200; count++) {
      await gateway.simulator.text({ from: 'PARLEY', body: `${count}`, messageSid: messageSid() });
    }
    await find();
    expect(await recorded(sid)).toHaveLength(1);
  });
});

describe('a line', () => {
  const LONG_MS = 60_000;
  const age = () => gateway.query(`UPDATE line SET polled_at = now() - interval '1 hour'`);

  it('a line is claimed for a search by one of six replicas, and by none until it is due again', async () => {
    await age();
    const claims = await Promise.all(Array.from({ length: 6 }, () => searches.claim(LONG_MS, LONG_MS)));
    const [mine, ...others] = claims.filter((claim) => claim !== undefined);
    expect(others).toEqual([]);
    expect(await searches.isEveryLineSearched(LONG_MS)).toBe(false);
    await searches.complete(mine!);
    expect(await searches.isEveryLineSearched(LONG_MS)).toBe(true);
    expect(await searches.claim(LONG_MS, LONG_MS)).toBeUndefined();
  });

  it('a line whose search lost its process is searched by another one, and the result of the dead process changes nothing', async () => {
    await age();
    const failed = await searches.claim(LONG_MS, LONG_MS);
    await searches.release(failed!);
    const dead = await searches.claim(LONG_MS, 0);
    const next = await searches.claim(LONG_MS, LONG_MS);
    expect(next).toMatchObject({ id: dead!.id, since: failed!.since });
    await searches.complete(dead!);
    expect(await searches.isEveryLineSearched(LONG_MS)).toBe(false);
    await searches.complete(next!);
    expect(await searches.isEveryLineSearched(LONG_MS)).toBe(true);
  });
});

describe('sending', () => {
  it('after a start, sending waits for the first search for missed texts, but only for a bounded time', async () => {
    const times = { sendAfterStartMs: 60_000 } as ConstructorParameters<typeof SendingStart>[0];
    const start = new SendingStart(times);
    start.onApplicationBootstrap();
    let isAllowed = false;
    void start.whenAllowed.then(() => (isAllowed = true));
    await new Promise(setImmediate);
    expect(isAllowed).toBe(false);
    start.allow();
    await start.whenAllowed;

    const impatient = new SendingStart({ ...times, sendAfterStartMs: 1 });
    impatient.onApplicationBootstrap();
    await impatient.whenAllowed;
  });

  it('sending begins even if Twilio’s list of texts is unavailable', async () => {
    // Both gateways use one database: only the other one may send.
    await gateway.stopLoop(SendDueSms);
    const other = await RunningGateway.start({ RECOVERY_TIME_SCALE: '0.2' }, [
      { kind: 'twilio.list', mode: '500', times: 1_000 },
    ]);
    try {
      const { person, threadId } = await other.someThread();
      await other.command(threadId, 'late, but sent');
      expect(await other.simulator.repliesTo(person)).toEqual(['late, but sent']);
      expect(await other.query('SELECT 1 FROM line WHERE polled_at IS NOT NULL')).toEqual([]);
    } finally {
      await other.stop();
    }
  });
});
