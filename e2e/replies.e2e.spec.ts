import type { MessageView } from '@parley/contracts';
import { waitUntil } from '@parley/local-stack';
import { RunningParley, someNumber } from '@parley/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let parley: RunningParley;

beforeAll(async () => {
  parley = await RunningParley.start({ model: 'simulated' });
});
afterAll(async () => parley?.stop());

/** Lets a new person ask and the model answer with `text`. Returns the person's number. */
async function asked(text: string): Promise<string> {
  const person = someNumber();
  await parley.simulator.model({ mode: 'fixed', text, asked: person.slice(-6) });
  await parley.simulator.text({ from: person, body: `Tell me, ${person.slice(-6)}` });
  return person;
}

/** Returns the agent's answer from the log. */
async function answerTo(person: string): Promise<MessageView | undefined> {
  const conversation = await parley.conversationOf(`Tell me, ${person.slice(-6)}`);
  if (!conversation) return undefined;
  return (await parley.messagesIn(conversation)).find(({ author }) => author === 'agent');
}

const sentences = (count: number, words: number) =>
  Array.from({ length: count }, (_, index) => `Sentence ${index} ${'says a thing '.repeat(words).trim()}.`);

describe('replies', () => {
  it.concurrent(
    '[S-15] a reply of several parts arrives in order, cut at sentence ends, each within 1600 characters',
    async () => {
      const said = sentences(40, 8);
      const person = await asked(said.join(' '));
      const message = await answerOnce('delivered', person);
      const parts = await parley.simulator.repliesTo(person, 3);
      expect(parts.length).toBeGreaterThan(1);
      expect(parts.join(' ')).toBe(said.join(' '));
      for (const part of parts) {
        expect(part.length).toBeLessThanOrEqual(1600);
        expect(part).toMatch(/\.$/);
      }
      expect(message.text).toBe(said.join(' '));
    },
  );

  it.concurrent(
    '[S-15] each part of a reply is sent only after the carrier has accepted the part before it',
    async () => {
      const said = sentences(40, 8);
      const person = someNumber();
      await parley.simulator.model({ mode: 'fixed', text: said.join(' '), asked: person.slice(-6) });
      const script = [
        { status: 'sent', afterMs: 250 },
        { status: 'delivered', afterMs: 300 },
      ];
      await parley.simulator.fault({ kind: 'status-callbacks', script, to: person });
      await parley.simulator.text({ from: person, body: `Tell me, ${person.slice(-6)}` });
      await answerOnce('delivered', person);
      const parts = await parley.simulator.messages({ to: person, direction: 'outbound', count: 3 });
      expect(parts.map(({ body }) => body).join(' ')).toBe(said.join(' '));
      const times = parts.map(({ createdAt }) => Date.parse(createdAt));
      expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(245);
    },
  );

  it.concurrent(
    '[S-15] a reply is sent without Markdown, and without typography if that saves a segment',
    async () => {
      const person = await asked('**“Yes”** — we’re *open*:\n\n- Monday\n- Tuesday');
      const [text] = await parley.simulator.repliesTo(person);
      expect(text).toBe('"Yes" - we\'re open:\n\n- Monday\n- Tuesday');
    },
  );

  it.concurrent('[S-15] a reply with emoji is sent with all its characters', async () => {
    const person = await asked('Grüße 👩‍👩‍👧‍👦 שלום “ok”');
    expect(await parley.simulator.repliesTo(person)).toEqual(['Grüße 👩‍👩‍👧‍👦 שלום “ok”']);
  });
});

describe('delivery status', () => {
  const scripts: [
    string,
    { status: string; afterMs?: number; errorCode?: number; repeat?: number }[],
    string,
    string?,
  ][] = [
    [
      'reordered',
      [
        { status: 'delivered', afterMs: 0 },
        { status: 'sent', afterMs: 60 },
        { status: 'queued', afterMs: 120 },
      ],
      'delivered',
    ],
    [
      'repeated',
      [
        { status: 'sent', repeat: 3 },
        { status: 'delivered', afterMs: 80, repeat: 5 },
      ],
      'delivered',
    ],
    ['without the step in between', [{ status: 'delivered', afterMs: 30 }], 'delivered'],
    [
      'late',
      [
        { status: 'sent', afterMs: 0 },
        { status: 'delivered', afterMs: 1_500 },
      ],
      'delivered',
    ],
    [
      'a failure, an earlier step and then a delivery',
      [
        { status: 'undelivered', errorCode: 30_005, afterMs: 0 },
        { status: 'sent', afterMs: 60 },
        { status: 'delivered', afterMs: 120 },
      ],
      'delivered',
    ],
    [
      'a failure whose error code arrives late',
      [
        { status: 'undelivered', afterMs: 0 },
        { status: 'undelivered', errorCode: 30_003, afterMs: 200 },
      ],
      'undelivered',
      '30003',
    ],
  ];

  it.concurrent.for(scripts)(
    '[S-16] the delivery status is stored and never falls back when the status reports are %s',
    async ([, script, status, errorCode], test) => {
      const person = someNumber();
      await parley.simulator.fault({ kind: 'status-callbacks', script, to: person });
      await parley.simulator.text({ from: person, body: `Tell me, ${person.slice(-6)}` });
      const [sent] = await parley.simulator.messages({ to: person, direction: 'outbound' });
      const posted = script.reduce((sum, { repeat = 1 }) => sum + repeat, 0);
      await callbacksOf(sent!.sid, posted);
      await test.expect
        .poll(async () => {
          const message = await answerTo(person);
          return [message?.status, message?.errorCode];
        })
        .toEqual([status, errorCode]);
      const steps = await eventsOf(person);
      expect(new Set(steps.map(({ subject }) => subject)).size).toBe(
        steps.length - (errorCode === '30003' ? 1 : 0),
      );
    },
  );

  it.concurrent('[S-16] a text for which the carrier reports no delivery has the status sent', async () => {
    const person = someNumber();
    await parley.simulator.fault({ kind: 'status-callbacks', script: [{ status: 'sent' }], to: person });
    await parley.simulator.text({ from: person, body: `Tell me, ${person.slice(-6)}` });
    await answerOnce('sent', person);
  });

  it.concurrent(
    "[S-16] a text that the carrier refuses has the status failed, with the carrier's error code",
    async () => {
      const person = someNumber();
      await parley.simulator.fault({ kind: 'twilio.create', mode: '400', code: 21408, to: person });
      await parley.simulator.text({ from: person, body: `Tell me, ${person.slice(-6)}` });
      const message = await answerOnce('failed', person);
      expect(message.errorCode).toBe('21408');
      expect(parley.logs.some(({ text }) => text.includes('21408') && text.includes('geo permissions'))).toBe(
        true,
      );
    },
  );
});

/** Returns the agent's answer once it has this delivery status. */
async function answerOnce(status: string, person: string): Promise<MessageView> {
  return waitUntil(`the answer to be ${status}`, async () => {
    const answer = await answerTo(person);
    return answer?.status === status && answer;
  });
}

/** Waits until the status callbacks of a message were posted and answered. */
async function callbacksOf(messageSid: string, count: number): Promise<void> {
  const query = `kind=status-callback&outcome=answered&messageSid=${messageSid}&count=${count}&waitMs=15000`;
  const response = await fetch(`${parley.simulator.url}/control/requests?${query}`);
  const { requests } = (await response.json()) as { requests: unknown[] };
  expect(requests).toHaveLength(count);
}

/** Returns the public events about the agent's answer after it was queued. */
async function eventsOf(person: string): Promise<{ subject: string }[]> {
  const answer = await answerTo(person);
  return parley.query<{ subject: string }>(
    `SELECT subject FROM orchestrator.outbox WHERE convert_from(payload, 'UTF8')::jsonb ->> 'messageId' = $1
       AND subject ~ '^evt\\.message\\.(sent|delivered|undelivered|failed)'`,
    [answer!.id],
  );
}
