import type { ConversationView, MessageView } from '@parley/contracts';
import { waitUntil } from '@parley/local-stack';
import { RunningParley, someNumber } from '@parley/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';

interface Page<T> {
  data: T[];
  nextCursor: string | null;
  hasMore: boolean;
}

let parley: RunningParley;

beforeAll(async () => {
  parley = await RunningParley.start({ voice: true });
  await parley.untilAgentsAreKnown();
});
afterAll(async () => parley?.stop());

it.concurrent(
  '[S-01] [P-04] a text is answered by SMS, the agent remembers it, and the log has no gap',
  async () => {
    const ada = someNumber();

    const hook = await parley.simulator.text({ from: ada, body: 'Hello, my name is Ada.' });
    expect(hook).toMatchObject({ status: 200, body: expect.stringContaining('<Response') });
    await parley.simulator.repliesTo(ada, 1);

    await parley.simulator.text({ from: ada, body: 'What is my name?' });
    const replies = await parley.simulator.repliesTo(ada, 2);
    expect(replies).toHaveLength(2);
    expect(replies[1]).toContain('Ada');

    await parley.simulator.text({ from: ada, body: 'What channel is this?' });
    expect((await parley.simulator.repliesTo(ada, 3))[2]).toMatch(/SMS/i);

    const id = await conversationWith('Hello, my name is Ada.');
    const log = await parley.messagesIn(id);
    expect(log.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(log.map(({ author }) => author)).toEqual([
      'contact',
      'agent',
      'contact',
      'agent',
      'contact',
      'agent',
    ]);
    expect(log.filter(({ author }) => author === 'agent').map(({ text }) => text)).toEqual(
      await parley.simulator.repliesTo(ada, 3),
    );
    expect(log.every(({ channel }) => channel === 'sms')).toBe(true);
    const { body } = await parley.api<ConversationView>(`/v1/conversations/${id}`);
    expect(body.messageCount).toBe(6);
  },
);

it.concurrent('[S-01] the path /webhooks/twilio/sms accepts the same webhook as /webhook/sms', async () => {
  const number = someNumber();
  const answer = await parley.webhook(parley.inboundParams({ from: number, body: 'Hi there' }), {
    path: '/webhooks/twilio/sms',
  });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toContain('text/xml');
  expect(await answer.text()).toMatch(/<Response\s*\/>|<Response><\/Response>/);
  await parley.simulator.repliesTo(number);
});

it.concurrent.each([
  ['case and accents', 'MiXed CaSe, Crème Brûlée ÄÖÜ ß'],
  ['emoji of several code points', '👩‍👩‍👧‍👦 family, 🇩🇪 flag, 👍🏽 thumb'],
  ['right-to-left text', 'שלום עולם، مرحبا بالعالم'],
  ['line breaks, quotes and markup', 'line one\nline two "quoted" <b>&amp;</b> \\ 100% + 1'],
])('[S-21] texts with %s are received, stored and sent unchanged', async (_what, body) => {
  const number = someNumber();
  await parley.simulator.text({ from: number, body: `remember that ${body}` });
  await parley.simulator.repliesTo(number, 1);
  await parley.simulator.text({ from: number, body: 'What did I ask you to remember?' });
  const [, reply] = await parley.simulator.repliesTo(number, 2);
  expect(reply).toContain(body);
  const id = await conversationWith(`remember that ${body}`);
  expect((await parley.messagesIn(id))[0]!.text).toBe(`remember that ${body}`);
});

it.concurrent('a reply is published as queued, sent and delivered', async (test) => {
  const number = someNumber();
  await parley.simulator.text({ from: number, body: `a text from ${number.slice(-4)} to follow` });
  await parley.simulator.messages({ to: number, direction: 'outbound', status: 'delivered' });
  const id = await conversationWith(`a text from ${number.slice(-4)} to follow`);
  await test.expect.poll(async () => (await parley.messagesIn(id))[1]?.status).toBe('delivered');
  await parley.settled();
  const [, reply] = await parley.messagesIn(id);
  expect(reply!.status).toBe('delivered');
  expect(await parley.messageEventsOf(reply!.id)).toEqual(['queued', 'sent', 'delivered']);
});

it.concurrent(
  '[V-12] the demo agent texts its last reply during a call when the caller asks for a text',
  async () => {
    const number = someNumber();
    const call = await parley.simulator.call(number);
    await call.untilHeard('something to remember.');
    await call.untilQuiet();
    await call.say('My name is Ada.');
    await call.untilHeard('Nice to meet you, Ada.');
    await call.untilQuiet();
    await call.say('Text me that please.');
    await call.untilHeard('I have texted you.');
    expect(await parley.simulator.repliesTo(number, 1)).toEqual(['Nice to meet you, Ada.']);
    await call.command('hangup');
  },
);

it.concurrent.for(['accept-then-500', 'accept-then-reset'])(
  'a send that Twilio never answered (%s) shows as unconfirmed, is not repeated, and does not hold up the next text',
  async (mode, test) => {
    const number = someNumber();
    const body = `${mode} for ${number.slice(-5)}`;
    await parley.simulator.fault({ kind: 'status-callbacks', script: [], times: 1, to: number });
    await parley.simulator.fault({ kind: 'twilio.create', mode, to: number });
    await parley.simulator.text({ from: number, body });
    const id = await conversationWith(body);
    await test.expect
      .poll(async () => (await parley.messagesIn(id))[1])
      .toMatchObject({ status: 'unconfirmed', failureReason: 'outcome-unknown' });

    await parley.simulator.text({ from: number, body: 'Are you still there?' });
    const sent = await parley.simulator.repliesTo(number, 2);
    expect(new Set(sent).size).toBe(2);
    await test.expect.poll(async () => (await parley.messagesIn(id))[3]?.status).toBe('delivered');
    await parley.settled();
    const log = await parley.messagesIn(id);
    expect(log.map(({ status }) => status)).toEqual(['received', 'unconfirmed', 'received', 'delivered']);
    expect(await parley.messageEventsOf(log[1]!.id)).toEqual(['queued', 'unconfirmed']);
    expect(await parley.simulator.repliesTo(number, 2)).toEqual(sent);
  },
);

it.concurrent('REST refuses a wrong API key with 401 and a problem', async () => {
  const answer = await parley.api<{ status: number; code: string }>('/v1/conversations', {
    headers: { authorization: 'Bearer wrong' },
  });
  expect(answer.status).toBe(401);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(answer.headers.get('www-authenticate')).toContain('Bearer');
  expect(answer.body).toMatchObject({ status: 401 });
});

it.concurrent("the pages of a conversation's messages have no gap and no repeat", async () => {
  const number = someNumber();
  for (let i = 1; i <= 3; i++) {
    await parley.simulator.text({ from: number, body: `page me ${number.slice(-5)} ${i}` });
    await parley.simulator.repliesTo(number, i);
  }
  const id = await conversationWith(`page me ${number.slice(-5)} 1`);
  const seqs: number[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { body } = await parley.api<Page<MessageView>>(`/v1/conversations/${id}/messages?limit=2${query}`);
    expect(body.data.length).toBeLessThanOrEqual(2);
    expect(body.hasMore).toBe(body.nextCursor !== null);
    seqs.push(...body.data.map(({ seq }) => seq));
    cursor = body.nextCursor;
  }
  expect(seqs).toEqual([1, 2, 3, 4, 5, 6]);
});

it.concurrent.each([
  ['an unknown conversation', '/v1/conversations/conv_01k9wm3v7hq2b8yjr5xet6c4dn/messages', 404],
  ['a malformed id', '/v1/conversations/nonsense/messages', 400],
  ['a limit out of range', '/v1/conversations?limit=0', 400],
  ['a broken cursor', '/v1/conversations?cursor=%00nonsense', 400],
  ['an unknown path', '/v1/nothing-here', 404],
])('REST answers %s with a problem', async (_what, path, status) => {
  const answer = await parley.api<{ status: number; title: string; code: string; requestId: string }>(path);
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(answer.body).toMatchObject({
    status,
    title: expect.any(String),
    code: expect.any(String),
    requestId: expect.any(String),
  });
});

async function conversationWith(text: string): Promise<string> {
  return waitUntil('the conversation', () => parley.conversationOf(text));
}
