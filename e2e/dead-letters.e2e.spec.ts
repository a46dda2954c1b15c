import { RunningParley, someNumber } from '@parley/testing';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface Letter {
  id: string;
  service: string;
  error: string;
  data: Record<string, unknown>;
  hidden: string[];
}
interface Page {
  data: Letter[];
  nextCursor: string | null;
  hasMore: boolean;
  unavailable: string[];
}

let parley: RunningParley;

beforeAll(async () => {
  parley = await RunningParley.start({ voice: true, verification: true });
});
afterAll(async () => parley?.stop());

const list = async (query = '') => (await parley.api<Page>(`/v1/dead-letters${query}`)).body;
const redrive = (id: string, key: string = randomUUID()) =>
  parley.api<{ outcome: string; error?: string; code?: string }>(
    `/v1/dead-letters/${encodeURIComponent(id)}/redrive`,
    { method: 'POST', headers: { 'idempotency-key': key } },
  );
const sentTo = (to: string) => parley.simulator.messages({ to, direction: 'outbound', waitMs: 0 });

/** Makes messages with this text fail as a bug would, until the returned function repairs it. */
async function breakFor(text: string): Promise<() => Promise<void>> {
  await parley.query(`
    CREATE OR REPLACE FUNCTION orchestrator.broken() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'a bug'; END $$`);
  await parley.query(`
    CREATE TRIGGER broken BEFORE INSERT ON orchestrator.message FOR EACH ROW
      WHEN (NEW.text = '${text}') EXECUTE FUNCTION orchestrator.broken()`);
  return async () => void (await parley.query('DROP TRIGGER broken ON orchestrator.message'));
}

async function deadText(person: string, text: string): Promise<Letter> {
  await parley.simulator.text({ from: person, body: text });
  let letter: Letter | undefined;
  await expect.poll(async () => (letter = (await list()).data[0])).toBeDefined();
  return letter!;
}

describe('a text that could not be handled', () => {
  it('[P-11] a text that could not be handled is a dead letter without its number and words, and is answered once after its redrive', async () => {
    const person = someNumber();
    const text = `broken ${randomUUID()}`;
    const repair = await breakFor(text);
    const letter = await deadText(person, text);
    expect(letter).toMatchObject({
      service: 'agent-orchestrator',
      error: expect.stringContaining('a bug') as string,
    });
    expect(letter.data).toMatchObject({ threadId: expect.stringMatching(/^thr_/) as string, threadSeq: 1 });
    expect(letter.hidden.toSorted()).toEqual(['from', 'media', 'text', 'to']);
    const one = await parley.api<Letter>(`/v1/dead-letters/${encodeURIComponent(letter.id)}`);
    expect(one.body).toEqual(letter);
    expect(JSON.stringify(one.body)).not.toMatch(new RegExp(`${person.slice(2)}|${text}`));

    const key = randomUUID();
    expect((await redrive(letter.id, key)).body).toMatchObject({ outcome: 'failed' });
    await repair();
    expect((await redrive(letter.id, key)).body).toMatchObject({ outcome: 'failed' });
    expect(await sentTo(person)).toEqual([]);

    const answers = await Promise.all(Array.from({ length: 5 }, () => redrive(letter.id)));
    expect(answers.filter(({ body }) => body.outcome === 'handled')).toHaveLength(1);
    for (const { status, body } of answers) {
      if (body.outcome !== 'handled') expect([404, 409]).toContain(status);
    }
    await parley.simulator.repliesTo(person, 1);
    await parley.settled();
    expect(await sentTo(person)).toHaveLength(1);
    expect((await list()).data).toEqual([]);
    expect((await redrive(letter.id)).status).toBe(404);
  });

  it('[P-11] the list of dead letters names the services that are unavailable', async () => {
    const person = someNumber();
    const text = `broken ${randomUUID()}`;
    const repair = await breakFor(text);
    const letter = await deadText(person, text);
    await repair();
    await parley.process('agent-orchestrator').kill();
    expect(await list()).toEqual({
      data: [],
      nextCursor: null,
      hasMore: false,
      unavailable: ['agent-orchestrator'],
    });
    const key = randomUUID();
    expect(await redrive(letter.id, key)).toMatchObject({ status: 503, body: { code: 'unavailable' } });
    await parley.process('agent-orchestrator').start();
    await expect.poll(async () => (await redrive(letter.id, key)).body.outcome).toBe('handled');
    await parley.simulator.repliesTo(person, 1);
    expect((await list()).unavailable).toEqual([]);
  });
});

it('[P-11] REST refuses wrong requests about dead letters', async () => {
  expect((await parley.api('/v1/dead-letters?cursor=elsewhere')).status).toBe(400);
  for (const id of ['elsewhere', 'agent-orchestrator.none.evt_1', 'nobody.none.evt_1']) {
    expect((await parley.api(`/v1/dead-letters/${id}`)).status).toBe(404);
    expect((await redrive(id)).status).toBe(404);
  }
});
