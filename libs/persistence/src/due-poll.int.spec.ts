import { waitUntil } from '@parley/local-stack';
import { describe, expect, it, onTestFinished } from 'vitest';

import { DuePoll, type PolledWork } from './due-poll.js';
import { persistenceTimes, type PersistenceTimes } from './persistence-times.js';
import { connectedService } from './testing/stack.js';
import { postgres, withPostgres } from './testing/servers.js';

const WAIT = { timeoutMs: 20_000 };
/** Longer than any test takes. */
const NEVER_MS = 600_000;

withPostgres();

/** Creates notes that are due at a given time, and a loop whose step takes the due notes. */
async function given(times: Pick<PersistenceTimes, 'pollMs' | 'pollIdleMs'>, work: Partial<PolledWork> = {}) {
  const { database } = await connectedService(postgres);
  const poll = new DuePoll(database, { ...persistenceTimes, ...times });
  const seen = { looksAt: [] as number[], steps: 0, taken: [] as number[] };
  const loop = poll.loop({
    name: 'Notes',
    dueAt: () => {
      seen.looksAt.push(performance.now());
      return { sql: 'SELECT min(text::timestamptz) FROM note WHERE id > $1::int', values: [0] };
    },
    step: async () => {
      seen.steps++;
      const taken = await database.rows<{ late: number }>(
        `DELETE FROM note WHERE text::timestamptz <= clock_timestamp()
         RETURNING (extract(epoch FROM clock_timestamp() - text::timestamptz) * 1000)::float8 AS late`,
      );
      seen.taken.push(...taken.map(({ late }) => late));
    },
    ...work,
  });
  onTestFinished(() => loop.stop());
  const note = (inMs: number) =>
    database.rows(
      `INSERT INTO note (text) SELECT (clock_timestamp() + $1 * interval '1 millisecond')::text`,
      [inMs],
    );
  return { loop, seen, note };
}

function pausesMs({ looksAt }: { looksAt: readonly number[] }): number[] {
  return looksAt.slice(1).map((at, i) => at - looksAt[i]!);
}

/** Expects each pause to be about twice the one before it. A slow machine only makes pauses longer. */
function expectDoubledPauses(seen: { looksAt: readonly number[] }, firstMs: number): void {
  const tooShort = pausesMs(seen).filter((ms, i) => ms < (firstMs * 2 ** i) / 2);
  expect(tooShort).toEqual([]);
}

describe('the due poll', () => {
  it('the due poll sleeps until the next known work is due', async () => {
    const { loop, seen, note } = await given({ pollMs: NEVER_MS, pollIdleMs: NEVER_MS });
    await note(700);
    loop.start();
    await waitUntil('the note to be taken', () => seen.taken.length === 1, WAIT);
    expect(seen.looksAt).toHaveLength(2);
  });

  it('the due poll finds due work after a wake-up was lost', async () => {
    const { loop, seen, note } = await given({ pollMs: 20, pollIdleMs: 100 });
    loop.start();
    // Without pollIdleMs the fourteenth pause would take minutes.
    await waitUntil('the poll to be idle', () => seen.looksAt.length > 14, WAIT);
    await note(0);
    await waitUntil('the note to be taken', () => seen.taken.length > 0, WAIT);
    expect(seen.taken).toHaveLength(1);
  });

  it('the due poll asks less often while nothing is due, and soon again after work', async () => {
    const { loop, seen } = await given({ pollMs: 20, pollIdleMs: NEVER_MS });
    loop.start();
    await waitUntil('a pause that is long on any machine', () => pausesMs(seen).at(-1)! > 2_000, WAIT);
    expectDoubledPauses(seen, 20);
    const asleep = seen.looksAt.length;
    loop.wake();
    await waitUntil('another look', () => seen.looksAt.length > asleep, WAIT);
    const doubledMs = 20 * 2 ** (asleep - 1);
    expect(pausesMs(seen)[asleep - 1]).toBeLessThan(doubledMs);
  });

  it('the due poll does not ask more often while work stays due', async () => {
    const step = async () => {
      seen.steps++;
    };
    const { loop, seen, note } = await given({ pollMs: 20, pollIdleMs: NEVER_MS }, { step });
    await note(0);
    loop.start();
    await waitUntil('seven looks', () => seen.looksAt.length >= 7, WAIT);
    expectDoubledPauses(seen, 20);
    expect(seen.steps).toBeGreaterThan(2);
    // A loop steps once when it starts, before the first poll.
    expect(seen.steps).toBeLessThanOrEqual(seen.looksAt.length + 1);
  });

  it('the due poll begins work only after its gather time, so that one step does more work', async () => {
    const { loop, seen, note } = await given({ pollMs: 20, pollIdleMs: 100 }, { gatherMs: 800 });
    loop.start();
    await waitUntil('the first step', () => seen.steps > 0, WAIT);
    for (let i = 0; i < 5; i++) await note(i * 20);
    await waitUntil('the notes to be taken', () => seen.taken.length === 5, WAIT);
    expect(seen.steps).toBe(2);
    expect(Math.max(...seen.taken)).toBeGreaterThanOrEqual(800);
  });

  it('the due poll asks with one statement and wakes only loops whose work is due', async () => {
    const { database } = await connectedService(postgres);
    const poll = new DuePoll(database, { ...persistenceTimes, pollMs: 10, pollIdleMs: 20 });
    const woken: string[] = [];
    const due = { past: "now() - interval '1 day'", future: "now() + interval '1 day'", never: 'NULL' };
    const loops = Object.entries(due).map(([name, sql]) =>
      poll.loop({
        name,
        dueAt: () => ({
          sql: `SELECT (${sql})::timestamptz + ($1::int + $2::int) * interval '1 ms'`,
          values: [1, 2],
        }),
        step: async () => void woken.push(name),
      }),
    );
    onTestFinished(async () => void (await Promise.all(loops.map((loop) => loop.stop()))));
    for (const loop of loops) loop.start();
    await waitUntil('the past one', () => woken.filter((name) => name === 'past').length > 3, WAIT);
    expect(woken.filter((name) => name !== 'past')).toEqual(['future', 'never']);
  });
});
