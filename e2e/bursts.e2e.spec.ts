import { RunningParley, someNumber } from '@parley/testing';
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/**
 * Three times as long as in production, so that a stall of this machine does not look like a quiet person. Leases are
 * renewed so seldom that a replica learns of a newer text from the ping alone.
 */
const LONG_TIMES = { recoveryTimeScale: 4, burstTimeScale: 3 };
const QUIET_MS = 4_500;
const LONGEST_MS = 15_000;
/** Longer than a stall, and shorter than the time that each bound below would exceed if it were broken. */
const STALL_MS = 4_000;

describe.each([1, 2])('[S-13] with %i orchestrators', (orchestrators) => {
  let parley: RunningParley;
  beforeAll(async () => {
    const replicas = { 'agent-orchestrator': orchestrators };
    parley = await RunningParley.start({ model: 'simulated', replicas, ...LONG_TIMES });
  });
  afterAll(async () => parley?.stop());

  it.concurrent(
    'each text of a burst reaches the model at once and aborts the request for the earlier texts',
    async () => {
      const { text, texts, asked, replies, model } = somebody();
      await model({ mode: 'hang', times: 2 });
      await text('one');
      await asked(1);
      await text('two');
      await asked(2);
      await text('three');
      expect(await replies()).toHaveLength(1);
      expect(await asked()).toEqual([
        { said: texts.slice(0, 1), outcome: 'aborted' },
        { said: texts.slice(0, 2), outcome: 'aborted' },
        { said: texts, outcome: 'answered' },
      ]);
    },
  );

  it.concurrent('a newer text supersedes a draft that only waits for quiet', async (test) => {
    const { text, texts, asked, replies } = somebody();
    await text('one');
    await test.expect.poll(() => asked()).toEqual([{ said: texts, outcome: 'answered' }]);
    await text('two');
    expect(await replies()).toEqual([expect.stringMatching(/you said "one[^"]*two/)]);
    await parley.settled();
    expect(await replies(0)).toHaveLength(1);
    expect(await asked()).toHaveLength(2);
  });

  it.concurrent(
    'eight people who text again while the model thinks receive only replies to their newer text',
    async () => {
      const people = Array.from({ length: 8 }, () => somebody());
      await Promise.all(people.map(({ model }) => model({ mode: 'hang', times: 1 })));
      await Promise.all(people.map(({ text }) => text('one')));
      await Promise.all(people.map(({ asked }) => asked(1)));
      await Promise.all(people.map(({ text }) => text('two')));
      for (const { replies, askedAt, heardAt } of people) {
        expect(await replies()).toEqual([expect.stringMatching(/you said "one[^"]*two/)]);
        const [, again] = await askedAt();
        const [, second] = await heardAt();
        expect(again! - second!).toBeLessThan(2 * STALL_MS);
      }
    },
  );

  it.concurrent(
    'a burst that does not end is answered after the longest burst time, and its later texts in a later reply',
    async () => {
      const { text, texts, asked, replies, model } = somebody();
      await model({ mode: 'delay', delayMs: 800 });
      const startedAt = performance.now();
      while ((await replies(0)).length === 0) {
        await text(`part ${texts.length}`);
        expect(performance.now() - startedAt).toBeLessThan(4 * LONGEST_MS);
        // Shorter than the quiet time, and long enough for one prompt to hold all texts.
        await pause(800);
      }
      expect(performance.now() - startedAt).toBeGreaterThan(LONGEST_MS);
      await parley.settled();
      const said = (await asked()).filter(({ outcome }) => outcome === 'answered').at(-1)!.said;
      expect(said.filter((words) => texts.includes(words))).toEqual(texts);
      expect((await replies(0)).length).toBeLessThanOrEqual(3);
      // Three for the first texts, one at the end of the longest burst, two more drafts, then the turn of the rest.
      expect((await asked()).length).toBeLessThanOrEqual(10);
    },
  );

  it.concurrent(
    'a reply waits for the burst window; if the model takes longer, the reply does not wait at all',
    async () => {
      const [quick, slow] = [somebody(), somebody()];
      await slow.model({ mode: 'delay', delayMs: 6_000, times: 1 });
      await Promise.all([quick, slow].map(({ text }) => text('one')));
      await Promise.all([quick, slow].map(({ replies }) => replies()));
      const waited = await quick.waitedMs();
      expect(waited).toBeGreaterThanOrEqual(QUIET_MS - 5);
      expect(waited).toBeLessThan(QUIET_MS + STALL_MS);
      expect(await slow.waitedMs()).toBeGreaterThanOrEqual(6_000);
      expect(await slow.waitedMs()).toBeLessThan(6_000 + STALL_MS);
    },
  );

  it.concurrent('a text after the reply does not change the reply', async () => {
    const { text, replies } = somebody();
    await text('one');
    const [first] = await replies();
    await text('two');
    await replies(2);
    await parley.settled();
    expect(await replies(0)).toEqual([first, expect.stringContaining('Message 2: you said')]);
  });

  // Alone: beside the other tests a slow machine may take longer than the quiet time between two of the texts.
  it('three texts in two seconds are one turn with one reply to all three', async () => {
    const { text, texts, asked, replies, model } = somebody();
    await model({ mode: 'delay', delayMs: 400 });
    for (const last of [0, 1, 2]) {
      await text(`part ${last}`);
      if (last < 2) await pause(700);
    }
    expect(await replies()).toEqual([
      expect.stringMatching(/you said "[^"]*part 0[^"]*part 1[^"]*part 2[^"]*"/),
    ]);
    await parley.settled();
    expect(await replies(0)).toHaveLength(1);
    expect((await asked()).at(-1)).toMatchObject({ said: texts, outcome: 'answered' });
  });

  it('each turn of a burst is published as started once and ended once', async () => {
    const turns = await parley.query<{ types: string[] }>(
      `SELECT array_agg(headers->>'ce-type' ORDER BY id) AS types
       FROM orchestrator.outbox WHERE subject LIKE 'evt.turn.%'
       GROUP BY convert_from(payload, 'UTF8')::jsonb->>'turnId'`,
    );
    expect(turns.length).toBeGreaterThan(12);
    for (const { types } of turns)
      expect(types).toEqual([
        'evt.turn.started.v1',
        expect.stringMatching(/^evt\.turn\.(completed|failed)\./),
      ]);
    const numbers = await parley.query<{ numbers: number[] }>(
      `SELECT array_agg((headers->>'ce-conversationsequence')::int ORDER BY id) AS numbers
       FROM orchestrator.outbox WHERE subject LIKE 'evt.%' GROUP BY ordering_key`,
    );
    for (const { numbers: one } of numbers) expect(one).toEqual(one.map((_, i) => i + 1));
  });

  /** Makes a person with a number of their own, and functions that read how Parley handled their texts. */
  function somebody() {
    const number = someNumber();
    const mark = randomBytes(6).toString('hex');
    const texts: string[] = [];
    const waitFor = (count: number) => (count ? { count, waitMs: 20_000 } : { waitMs: 0 });
    const prompts = (count: number) => parley.simulator.prompts(mark, waitFor(count));
    const times = (direction: 'inbound' | 'outbound') =>
      parley.query<{ at: Date }>(
        `SELECT created_at AS at FROM orchestrator.message
         WHERE direction = $2 AND conversation_id =
           (SELECT conversation_id FROM orchestrator.message WHERE text = $1) ORDER BY seq`,
        [texts[0], direction],
      );
    return {
      texts,
      /** Sets how the model behaves when it is asked about this person's texts. */
      model: (script: object) => parley.simulator.model({ ...script, asked: mark }),
      text: async (words: string) => {
        const body = `${words} ${mark}`;
        texts.push(body);
        const answer = await parley.webhook(parley.inboundParams({ from: number, body }));
        expect(answer.status).toBe(200);
      },
      /** Returns the calls of the model: the texts in each prompt, and how the call ended. Waits for `count` calls. */
      asked: async (count = 0) =>
        (await prompts(count)).map(({ request, outcome }) => ({
          said: request.messages
            .filter(({ role }) => role === 'user')
            .flatMap(({ content }) => content.split('\n\n')),
          outcome,
        })),
      askedAt: async () => (await prompts(0)).map(({ at }) => Date.parse(at)),
      heardAt: async () => (await times('inbound')).map(({ at }) => at.getTime()),
      /** Returns the texts that the person received; waits for `count` texts. */
      replies: async (count = 1) => {
        const query = { to: number, direction: 'outbound' as const };
        return (await parley.simulator.messages({ ...query, ...waitFor(count) })).map(({ body }) => body);
      },
      /** Returns the time between the person's newest text and the reply, by the log. */
      waitedMs: async () => {
        const [text] = (await times('inbound')).slice(-1);
        const [reply] = await times('outbound');
        return reply!.at.getTime() - text!.at.getTime();
      },
    };
  }
});
