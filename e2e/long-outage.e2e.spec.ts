import type { LogLine } from '@parley/local-stack';
import { RunningParley, someNumber } from '@parley/testing';
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** Longer than the five attempts of a consumer (3.7 s) after another kind of failure. */
const OUTAGE_MS = 9_000;
const TEXTS = 6;

let parley: RunningParley;
beforeAll(async () => {
  parley = await RunningParley.start({ model: 'simulated' });
});
afterAll(async () => parley?.stop());

const orchestrator = () => parley.process('agent-orchestrator');

it('[P-04] when Postgres is unavailable for longer than five attempts, no message is given up, and each text is answered once and in order afterwards', async () => {
  const people = [someNumber(), someNumber()];
  const mark = randomBytes(6).toString('hex');
  // A process that has never reached its database waits for it instead of pausing.
  await expect.poll(async () => (await parley.api('/v1/conversations')).status).toBe(200);
  // The texts are acknowledged and in the stream before any consumer handles them.
  orchestrator().signal('SIGSTOP');
  for (let index = 1; index <= TEXTS; index++) {
    for (const from of people) {
      const answer = await parley.webhook(parley.inboundParams({ from, body: `${mark} ${index}` }));
      expect(answer.status).toBe(200);
    }
  }
  await expect
    .poll(() => parley.query('SELECT 1 FROM gateway.outbox WHERE published_at IS NULL'))
    .toEqual([]);

  const before = parley.logs.length;
  await parley.postgres.stop('immediate');
  orchestrator().signal('SIGCONT');
  const pausing = () => parley.logs.slice(before).filter(isPause);
  await expect.poll(pausing).not.toEqual([]);
  // The length of the outage is all that there is to wait for.
  await pause(OUTAGE_MS);
  await parley.postgres.start();

  for (const person of people) await parley.simulator.repliesTo(person, 1);
  await parley.settled();
  expect(await parley.query(`SELECT * FROM orchestrator.inbox WHERE state <> 'done'`)).toEqual([]);
  expect(await parley.query(`SELECT * FROM gateway.inbox WHERE state <> 'done'`)).toEqual([]);
  const logs = await parley.query<{ numbers: number[] }>(
    `SELECT array_agg(thread_seq ORDER BY seq) AS numbers FROM orchestrator.message
     WHERE text LIKE $1 || '%' GROUP BY conversation_id`,
    [mark],
  );
  const each = Array.from({ length: TEXTS }, (_, index) => index + 1);
  expect(logs.map(({ numbers }) => numbers)).toEqual([each, each]);
  for (const person of people) {
    const replies = (await parley.simulator.repliesTo(person, 1)).join('\n');
    expect(replies.match(new RegExp(`${mark} \\d`, 'g'))).toEqual(each.map((index) => `${mark} ${index}`));
  }
  for (const process of parley.processes()) expect(process.running).toBe(true);
});

/** Whether the orchestrator logged that its consumer of texts could not handle one and pauses. */
function isPause({ source, text }: LogLine): boolean {
  return (
    source === 'agent-orchestrator' && text.includes('"Reading pauses ') && text.includes('sms-received')
  );
}
