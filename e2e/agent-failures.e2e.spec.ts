import { RunningParley, someNumber } from '@parley/testing';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const APOLOGY = "I'm sorry, I encountered an error processing your message. Please try again.";

interface LoggedMessage {
  kind: string;
  text: string;
}

let parley: RunningParley;
beforeAll(async () => {
  // The leases must outlast the model, because a turn that is claimed again asks the model again.
  const env = { LLM_TIMEOUT_MS: '3000' };
  parley = await RunningParley.start({ model: 'simulated', recoveryTimeScale: 0.5, env });
});
afterAll(async () => parley?.stop());
beforeEach(() => parley.simulator.model({ mode: 'echo' }));

describe('model failures', () => {
  it.each([
    { what: 'answers 500', script: { mode: 'error', status: 500 }, calls: 2, reason: 'model-error' },
    { what: 'answers 429', script: { mode: 'error', status: 429 }, calls: 2, reason: 'model-error' },
    { what: 'answers 401', script: { mode: 'error', status: 401 }, calls: 1, reason: 'model-error' },
    { what: 'never answers', script: { mode: 'hang' }, calls: 2, reason: 'model-timeout' },
    {
      what: 'begins to answer and dies',
      script: { mode: 'die-midstream', text: 'half of a sentence is said' },
      calls: 2,
      reason: 'model-error',
    },
  ])(
    '[S-20] when the model $what, the person receives the apology once',
    async ({ script, calls, reason }) => {
      const { text, asked, log, replies, turnEvents } = somebody();
      await parley.simulator.model(script);
      await text('Hello');
      expect(await replies(1)).toEqual([APOLOGY]);
      expect(await asked()).toHaveLength(calls);
      expect((await log()).map(({ kind }) => kind)).toEqual(['inbound', 'apology']);

      await text('Hello?');
      await expect.poll(turnEvents).toHaveLength(4);
      expect(await replies(0)).toEqual([APOLOGY]);
      const failed = { type: 'evt.turn.failed.v1', reason };
      expect(await turnEvents()).toMatchObject([
        { type: 'evt.turn.started.v1' },
        failed,
        { type: 'evt.turn.started.v1' },
        failed,
      ]);

      await parley.simulator.model({ mode: 'echo' });
      await text('Still there?');
      const [, answer] = await replies(2);
      expect(answer).toMatch(/Message 2: you said "Hello\?[^"]*Still there\?/);
    },
  );

  it.each([
    { what: 'answers 500', script: { mode: 'error', status: 500 } },
    { what: 'answers 429', script: { mode: 'error', status: 429 } },
    { what: 'does not answer', script: { mode: 'hang' } },
    { what: 'dies in mid-answer', script: { mode: 'die-midstream', text: 'half of a sentence is said' } },
  ])(
    '[S-20] when the model fails once ($what) and then answers, the person receives only the answer',
    async ({ script }) => {
      const { text, replies, asked, turnEvents } = somebody();
      await parley.simulator.model({ ...script, times: 1 });
      await text('Hello');
      expect(await replies(1)).toEqual([expect.stringContaining('Message 1: you said "Hello')]);
      expect(await asked()).toHaveLength(2);
      await expect
        .poll(turnEvents)
        .toMatchObject([{}, { type: 'evt.turn.completed.v1', outcome: 'replied' }]);
    },
  );
});

it.each([
  { what: 'nothing', script: { mode: 'empty' } },
  { what: 'blanks', script: { mode: 'fixed', text: ' \n ' } },
  { what: 'OK', script: { mode: 'fixed', text: 'OK' } },
  { what: 'OK and a line break', script: { mode: 'fixed', text: 'OK\n' } },
])(
  '[S-20] when the model answers $what, no text is sent, and the next text is answered',
  async ({ script }) => {
    const { text, replies, log, turnEvents } = somebody();
    await parley.simulator.model({ ...script, times: 1 });
    await text('Thanks');
    await expect.poll(turnEvents).toMatchObject([{}, { type: 'evt.turn.completed.v1', outcome: 'no-reply' }]);
    expect((await log()).map(({ kind }) => kind)).toEqual(['inbound']);
    await text('One more thing');
    expect(await replies(1)).toEqual([expect.stringMatching(/you said "Thanks[^"]*One more thing/)]);
  },
);

it('[S-20] an endless reply of the model is cut at 8,000 characters', async () => {
  const { text, log } = somebody();
  await parley.simulator.model({ mode: 'huge', text: 'and on and on', times: 1 });
  await text('Tell me everything');
  await expect.poll(log).toHaveLength(2);
  const [, answer] = await log();
  expect(answer!.text.length).toBeLessThanOrEqual(8_000);
  expect(answer!.text.length).toBeGreaterThan(7_900);
  expect(answer!.text).toMatch(/^and on and on .* (?:and|on) \.\.\.$/);
});

/** Makes a person with a number of their own, and functions that read how Parley handled their texts. */
function somebody() {
  const number = someNumber();
  const mark = randomBytes(6).toString('hex');
  const conversation = `SELECT conversation_id FROM orchestrator.message WHERE text LIKE '%${mark}' LIMIT 1`;
  return {
    text: async (words: string) => {
      const answer = await parley.webhook(parley.inboundParams({ from: number, body: `${words} ${mark}` }));
      expect(answer.status).toBe(200);
    },
    asked: () => parley.simulator.prompts(mark, { waitMs: 0 }),
    /** Returns the texts that the person received; waits for `count` texts. */
    replies: async (count: number) => {
      const wait = count ? { count, waitMs: 20_000 } : { waitMs: 0 };
      const query = { to: number, direction: 'outbound' as const };
      return (await parley.simulator.messages({ ...query, ...wait })).map(({ body }) => body);
    },
    log: () =>
      parley.query<LoggedMessage>(
        `SELECT kind, text FROM orchestrator.message WHERE conversation_id = (${conversation}) ORDER BY seq`,
      ),
    turnEvents: () =>
      parley.query<{ type: string; reason: string | null; outcome: string | null }>(
        `SELECT headers->>'ce-type' AS type, data->>'reason' AS reason, data->>'outcome' AS outcome
         FROM orchestrator.outbox, LATERAL (SELECT convert_from(payload, 'UTF8')::jsonb AS data) AS told
         WHERE subject LIKE 'evt.turn.%' AND ordering_key = (${conversation}) ORDER BY id`,
      ),
  };
}
