import { Logger } from '@nestjs/common';
import { storedRowsWith } from '@parley/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  inboundParams,
  LOCAL_ORIGIN_SECRET,
  messageSid,
  OWN_NUMBER,
  RunningGateway,
} from '../testing/running-gateway.js';
import { ReceiveSms } from './receive-sms.js';

interface InboundRow {
  message_sid: string;
  thread_id: string | null;
  thread_seq: number | null;
  decision: string;
  reason: string | null;
  sealed_params: string;
}

let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await RunningGateway.start();
});
afterAll(async () => gateway.stop());

const recorded = (sid: string) =>
  gateway.query<InboundRow>('SELECT * FROM inbound_sms WHERE message_sid = $1', [sid]);
const eventsOf = (threadId: string | null) =>
  gateway.query<{ subject: string; payload: Buffer }>(
    'SELECT subject, payload FROM outbox WHERE ordering_key = $1 ORDER BY id',
    [threadId],
  );

describe('an inbound text', () => {
  it.each(['/webhook/sms', '/webhooks/twilio/sms'])(
    'a text posted to %s is recorded with its fact, then acknowledged',
    async (path) => {
      const params = inboundParams('+15550100001', 'Are you open?');
      const response = await gateway.post(path, params);
      expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
        200,
        expect.stringContaining('text/xml'),
        '<Response/>',
      ]);
      const [row] = await recorded(params['MessageSid']!);
      expect(row).toMatchObject({ decision: 'forward', reason: null });
      const events = await eventsOf(row!.thread_id);
      expect(events[row!.thread_seq! - 1]!.subject).toBe(`int.sms.received.v1.${row!.thread_id}`);
    },
  );

  it('neither the numbers nor the words of a text are stored in plain text', async () => {
    const params = inboundParams('+15550100002', 'a very private matter');
    await gateway.post('/webhook/sms', params);
    const [row] = await recorded(params['MessageSid']!);
    const query = gateway.query.bind(gateway);
    const found = (words: string[]) => storedRowsWith(query, ['gateway'], words);
    expect((await found([row!.thread_id!])).map(({ table }) => table)).toContain('gateway.outbox');
    expect(await found(['5550100002', 'private matter', OWN_NUMBER.slice(1)])).toEqual([]);
  });

  it('[S-12] a text posted 50 times at once is recorded once, with one fact', async () => {
    const params = inboundParams('+15550100003', 'Hello');
    const answers = await Promise.all(Array.from({ length: 50 }, () => gateway.post('/webhook/sms', params)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const rows = await recorded(params['MessageSid']!);
    expect(rows).toHaveLength(1);
    expect(rows[0]!.thread_seq).toBe(1);
    expect(await eventsOf(rows[0]!.thread_id)).toHaveLength(1);
  });

  it('texts that each arrive twice, all at the same time, are numbered once and without a gap', async () => {
    const texts = Array.from({ length: 30 }, (_, index) => inboundParams('+15550100004', `text ${index}`));
    await Promise.all([...texts, ...texts].map((params) => gateway.post('/webhook/sms', params)));
    const sids = texts.map((params) => params['MessageSid']);
    const rows = await gateway.query<InboundRow>(
      'SELECT * FROM inbound_sms WHERE message_sid = ANY($1) ORDER BY thread_seq',
      [sids],
    );
    expect(rows.map(({ thread_seq }) => thread_seq)).toEqual(texts.map((_, index) => index + 1));
    expect(new Set(rows.map(({ thread_id }) => thread_id)).size).toBe(1);
    expect(await eventsOf(rows[0]!.thread_id)).toHaveLength(30);
  });

  it('the texts of a thread are in the order of their arrival, even if our hosts’ clocks differ', async () => {
    const { person, threadId } = await gateway.someThread();
    const receive = gateway.get(ReceiveSms);
    for (const [index, aheadMs] of [3_000, 0, -3_000, 1_000].entries()) {
      await receive.execute({
        messageSid: messageSid(),
        from: person,
        to: OWN_NUMBER,
        text: `text ${index}`,
        media: [],
        params: {},
        optOutType: undefined,
        receivedAt: new Date(Date.now() + aheadMs),
      });
    }
    const events = await gateway.statusEvents(threadId, 'sms.received');
    const times = events.map(({ receivedAt }) => Date.parse(String(receivedAt)));
    expect(events.map(({ threadSeq }) => threadSeq)).toEqual([1, 2, 3, 4, 5]);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
  });

  it.each([
    ['whatsapp:+15550100005', 'Hello', 'unsupported-sender'],
    ['PARLEY', 'Hello', 'unsupported-sender'],
    ['12345', 'Hello', 'unsupported-sender'],
    ['+12345', 'Hello', 'unsupported-sender'],
    ['+1234567890123456', 'Hello', 'unsupported-sender'],
    ['+Restricted', 'STOP', 'unsupported-sender'],
    ['+266696687', 'Hello', 'unsupported-sender'],
    [OWN_NUMBER, 'Hello', 'own-number'],
    ['+15550100005', ' ', 'empty'],
  ])('a text from %s with the body %j is acknowledged and ignored as %s', async (from, body, reason) => {
    const params = inboundParams(from, body);
    expect((await gateway.post('/webhook/sms', params)).status).toBe(200);
    expect((await gateway.post('/webhook/sms', params)).status).toBe(200);
    expect(await recorded(params['MessageSid']!)).toMatchObject([
      { decision: 'ignore', reason, thread_id: null },
    ]);
  });

  it.each([
    ['From=15550100005&Body=Hello', 'unsupported-sender', /From .* with \+ and country code .* %2B/],
    ['From=%2B15550100005', 'empty', /Body is missing/],
    [`From=${encodeURIComponent(OWN_NUMBER)}&Body=Hello`, 'own-number', /one of our own numbers/],
  ])(
    'an ignored text posted as %s gets 200 and is logged once, without a phone number',
    async (body, reason, words) => {
      const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
      const MessageSid = messageSid();
      const post = () =>
        fetch(`${gateway.url}/webhook/sms`, {
          method: 'POST',
          headers: {
            'content-type': 'application/x-www-form-urlencoded',
            'x-parley-local-origin': LOCAL_ORIGIN_SECRET,
          },
          body: `MessageSid=${MessageSid}&${body}`,
        });
      expect([(await post()).status, (await post()).status]).toEqual([200, 200]);
      const lines = warn.mock.calls.filter(([fields]) => Object(fields).messageSid === MessageSid);
      warn.mockRestore();
      expect(lines).toEqual([[{ messageSid: MessageSid, reason }, expect.stringMatching(words)]]);
      expect(JSON.stringify(lines)).not.toMatch(/\+?1555\d/);
    },
  );

  it('a photo without text is received as a message', async () => {
    const params: Record<string, string> = {
      ...inboundParams('+15550100006', ''),
      NumMedia: '1',
      MediaUrl0: 'https://api.twilio.com/media/1',
      MediaContentType0: 'image/png',
    };
    expect((await gateway.post('/webhook/sms', params)).status).toBe(200);
    expect(await recorded(params['MessageSid']!)).toMatchObject([{ decision: 'forward' }]);
  });

  it('a text’s webhook without From is refused with 422', async () => {
    const { From: _, ...params } = inboundParams('+15550100001', 'Hello');
    const response = await gateway.post('/webhook/sms', params);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ errors: [{ pointer: '#/From' }] });
    expect(await recorded(params['MessageSid']!)).toEqual([]);
  });
});

describe('[S-23] an unsigned text', () => {
  it('an unsigned text is refused with an explanation of the signature', async () => {
    const response = await gateway.post('/webhook/sms', { From: '+15550100007', Body: 'Hi' }, {});
    expect(response.status).toBe(403);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.text()).toContain('X-Twilio-Signature');
  });

  it('an unsigned text with a wrong local-origin secret is refused', async () => {
    const headers = { 'x-parley-local-origin': `${LOCAL_ORIGIN_SECRET}?` };
    const response = await gateway.post('/webhook/sms', { From: '+15550100007', Body: 'Hi' }, headers);
    expect(response.status).toBe(403);
  });

  const typed = (body: string, type = 'application/x-www-form-urlencoded') =>
    fetch(`${gateway.url}/webhook/sms`, {
      method: 'POST',
      headers: { 'content-type': type, 'x-parley-local-origin': LOCAL_ORIGIN_SECRET },
      body,
    });

  it('an unsigned text to an unknown line is refused and adds no line', async () => {
    const response = await typed('From=%2B15550100018&To=%2B15550177777&Body=Hello');
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ errors: [{ pointer: '#/To' }] });
    expect(await gateway.query('SELECT 1 FROM line')).toHaveLength(1);
    expect((await typed(`From=%2B15550100018&To=${OWN_NUMBER.replace('+', ' ')}&Body=Hello`)).status).toBe(
      200,
    );
  });

  it.each(['{"From":"+15550100008","Body":"Hello"}', '{"From":1}', '[]', 'null', '"x"'])(
    'an unsigned text as the JSON %s is refused with 415',
    async (body) => {
      const response = await typed(body, 'application/json');
      expect([response.status, Object(await response.json()).code]).toEqual([415, 'unsupported_media_type']);
    },
  );

  it('an unsigned text from this machine is received: its plus sign is restored, and it gets a MessageSid', async () => {
    const response = await fetch(`${gateway.url}/webhook/sms`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-parley-local-origin': LOCAL_ORIGIN_SECRET,
      },
      body: 'From=+15550100008&Body=Hello+there',
    });
    expect(response.status).toBe(200);
    const before = await gateway.query<{ last_thread_seq: number; id: string }>(
      `SELECT thread.id, last_thread_seq FROM thread JOIN inbound_sms ON thread_id = thread.id
       ORDER BY received_at DESC LIMIT 1`,
    );
    const signed = inboundParams('+15550100008', 'signed', messageSid());
    await gateway.post('/webhook/sms', signed);
    expect(await recorded(signed['MessageSid']!)).toMatchObject([
      { thread_id: before[0]!.id, thread_seq: 2 },
    ]);
  });
});

describe('while a dependency is unavailable', () => {
  it('without NATS a text’s webhook is acknowledged, and its fact is published once NATS is back', async () => {
    await gateway.nats.stop();
    const params = inboundParams('+15550100009', 'Hello');
    expect((await gateway.post('/webhook/sms', params)).status).toBe(200);
    const [row] = await recorded(params['MessageSid']!);
    await gateway.nats.start();
    await gateway.eventually(
      'the event to be published',
      'SELECT 1 FROM outbox WHERE ordering_key = $1 AND published_at IS NOT NULL',
      [row!.thread_id],
    );
  });

  it('while Postgres is unavailable a text’s webhook gets 503, and the same text is received once Postgres is back', async () => {
    const params = inboundParams('+15550100010', 'Hello');
    await gateway.postgres.stop('immediate');
    const startedAt = performance.now();
    const refused = await gateway.post('/webhook/sms', params);
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    // Twilio waits for 3 s; a slow test machine needs more.
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await gateway.postgres.start();
    const answer = await gateway.post('/webhook/sms', params);
    expect(answer.status).toBe(200);
    expect(await recorded(params['MessageSid']!)).toMatchObject([{ thread_seq: 1 }]);
  });
});
