import { RunningParley, someNumber } from '@parley/testing';
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

const APOLOGY = "I'm sorry, I encountered an error processing your message. Please try again.";
/** How many turns one process asks the model for at the same time. */
const MODEL_CALLS = 64;

let parley: RunningParley;
const orchestrator = () => parley.process('agent-orchestrator');

beforeAll(async () => {
  // Leases of 4.5 s expire when a process is killed, and not when this machine stalls.
  const env = { LLM_TIMEOUT_MS: '60000' };
  parley = await RunningParley.start({ model: 'simulated', recoveryTimeScale: 0.3, env });
});
afterAll(async () => parley?.stop());
afterEach(() => parley.simulator.model({ mode: 'echo' }));

it('[S-20] a turn that killed its process three times ends with the apology, and the model is not asked again', async () => {
  const { text, asked, replies, lane } = somebody();
  await parley.simulator.model({ mode: 'hang' });
  await text('This one is deadly');
  for (let killed = 1; killed <= 3; killed++) {
    await expect.poll(asked).toBe(killed);
    await orchestrator().restart('kill');
  }
  expect(await replies(1)).toEqual([APOLOGY]);
  await parley.settled();
  expect(await asked()).toBe(3);
  expect(await lane()).toMatchObject({ turn_attempts: 0, lease_token: null, turn_due_at: null });

  await parley.simulator.model({ mode: 'echo' });
  await text('And now?');
  await replies(2);
  await parley.settled();
  expect(await replies(2)).toEqual([APOLOGY, expect.stringContaining('Message 2: you said "And now?')]);
});

it('a turn of a draining process is given back, does not count as an attempt, and is claimed again', async () => {
  const { text, asked, replies, lane } = somebody();
  await parley.simulator.model({ mode: 'hang', times: 1 });
  await text('Hello');
  await expect.poll(asked).toBe(1);
  expect(await lane()).toMatchObject({ turn_attempts: 1 });
  const exit = await orchestrator().stop();
  expect(exit).toMatchObject({ code: 0 });
  expect(await lane()).toMatchObject({
    turn_attempts: 0,
    lease_token: null,
    turn_due_at: expect.any(Date),
  });

  await orchestrator().start();
  await replies(1);
  await parley.settled();
  expect(await replies(1)).toEqual([expect.stringContaining('Message 1: you said "Hello')]);
  expect(await asked()).toBe(2);
});

it(`a process asks the model for ${MODEL_CALLS} turns at a time, and further turns wait`, async () => {
  const others = 16;
  const mark = randomBytes(6).toString('hex');
  const people = Array.from({ length: MODEL_CALLS + others }, () => someNumber());
  await parley.simulator.model({ mode: 'hang' });
  await Promise.all(
    people.map(async (from) => {
      const answer = await parley.webhook(parley.inboundParams({ from, body: `Hello ${mark}` }));
      expect(answer.status).toBe(200);
    }),
  );
  const asked = async () => (await parley.simulator.prompts(mark, { waitMs: 0 })).length;
  const lanes = (condition: string) => parley.query(`SELECT 1 FROM orchestrator.lane WHERE ${condition}`);
  await expect.poll(() => lanes('turn_due_at IS NOT NULL')).toHaveLength(people.length);
  await expect.poll(asked).toBe(MODEL_CALLS);
  expect(await lanes('lease_token IS NOT NULL')).toHaveLength(MODEL_CALLS);

  await parley.simulator.model({ mode: 'echo' });
  await orchestrator().restart('kill');
  const counts = (await parley.finalReplies(people)).map(({ length }) => length);
  expect(counts).toEqual(people.map(() => 1));
  expect(await asked()).toBe(people.length + MODEL_CALLS);
});

/** Makes a person with a number of their own, and functions that read how Parley handled their texts. */
function somebody() {
  const number = someNumber();
  const mark = randomBytes(6).toString('hex');
  return {
    text: async (words: string) => {
      const answer = await parley.webhook(parley.inboundParams({ from: number, body: `${words} ${mark}` }));
      expect(answer.status).toBe(200);
    },
    /** Returns how often the model was asked. */
    asked: async () => (await parley.simulator.prompts(mark, { waitMs: 0 })).length,
    replies: (count: number) => parley.simulator.repliesTo(number, count),
    lane: async () => {
      const [found] = await parley.query<object>(
        `SELECT turn_attempts, lease_token, turn_due_at FROM orchestrator.lane
         WHERE conversation_id = (SELECT conversation_id FROM orchestrator.message WHERE text LIKE '%' || $1 LIMIT 1)`,
        [mark],
      );
      return found;
    },
  };
}
