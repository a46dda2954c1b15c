import { type Query, RunningParley, SCHEMAS, someNumber, unconfirmedMessages } from '@parley/testing';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Counts, StepCounter } from './step-counts.js';

/**
 * About half as much again as was measured (docs/performance.md): how much is done together depends on the machine. A
 * new step needs a reason.
 */
const LIMITS: Record<'text' | 'spokenTurn' | 'callSecond' | 'idleSecond', Counts> = {
  text: {
    transactions: 35,
    rowsInserted: 45,
    rowsUpdated: 45,
    rowsDeleted: 15,
    rowsRead: 600,
    walBytes: 48_000,
    natsMessages: 50,
    httpRequests: 5,
  },
  spokenTurn: {
    transactions: 110,
    rowsInserted: 18,
    rowsUpdated: 160,
    rowsDeleted: 22,
    rowsRead: 800,
    walBytes: 60_000,
    natsMessages: 95,
    httpRequests: 1,
  },
  callSecond: {
    transactions: 12,
    rowsInserted: 1,
    rowsUpdated: 20,
    rowsDeleted: 2,
    rowsRead: 80,
    walBytes: 6_000,
    natsMessages: 8,
    httpRequests: 0.2,
  },
  idleSecond: {
    transactions: 6,
    rowsInserted: 0.5,
    rowsUpdated: 16,
    rowsDeleted: 0.5,
    rowsRead: 70,
    walBytes: 4_000,
    natsMessages: 6,
    httpRequests: 0.2,
  },
};
const TEXTS = 60;
const SAID = [
  'I would like a table.',
  'For six people please.',
  'On Friday evening.',
  'That is all thank you.',
];
const LONG = { timeout: 180_000 };

let parley: RunningParley;
let counter: StepCounter;

beforeAll(async () => {
  // Polls come as often as in life; the carrier reports each text three times.
  parley = await RunningParley.start({
    model: 'simulated',
    voice: true,
    recoveryTimeScale: 1,
    agentVoice: { silenceMs: 60_000 },
  });
  await parley.untilAgentsAreKnown();
  counter = await StepCounter.listen(parley);
}, 120_000);
afterAll(async () => {
  await counter?.close();
  await parley?.stop();
});

function expectWithin(counts: Counts, limits: Counts, what: string): void {
  if (process.env['PARLEY_PRINT_COUNTS']) process.stdout.write(`${what} ${JSON.stringify(counts)}\n`);
  for (const [name, limit] of Object.entries(limits)) {
    expect.soft(counts[name as keyof Counts], `${name} per ${what}`).toBeLessThanOrEqual(limit);
  }
}

/** 20 s later the consumers are asked whether they have it all: part of what each message takes. */
async function untilAllConfirmed(): Promise<void> {
  const query: Query = (sql, params) => parley.query(sql, params);
  const unconfirmed = () => unconfirmedMessages(query, SCHEMAS);
  await expect.poll(unconfirmed, { timeout: 60_000, interval: 1_000 }).toEqual([]);
}

it('what a text takes, answered and with its three reports', LONG, async () => {
  const counts = await counter.during(TEXTS, async () => {
    for (let n = 0; n < TEXTS; n++) {
      const answer = await parley.webhook(parley.inboundParams({ from: someNumber(), body: `Hello ${n}` }));
      expect(answer.status).toBe(200);
      await delay(50);
    }
    await parley.settled({ timeoutMs: 120_000 });
    await untilAllConfirmed();
  });
  expectWithin(counts, LIMITS.text, 'text');
});

it('what a spoken turn and a second of a call take', LONG, async () => {
  const call = await parley.simulator.call(someNumber());
  await call.untilQuiet();
  const turn = await counter.during(SAID.length, async () => {
    for (const said of SAID) {
      await call.say(said);
      await call.untilHeard(`you said "${said}"`);
      await call.untilQuiet();
    }
  });
  expectWithin(turn, LIMITS.spokenTurn, 'spoken turn');
  const second = await counter.during('second', () => delay(5_000));
  expectWithin(second, LIMITS.callSecond, 'call-second');
  await call.act('hangup');
  await parley.settled({ timeoutMs: 120_000 });
});

it('what an idle second takes', LONG, async () => {
  const second = await counter.during('second', () => delay(20_000));
  expectWithin(second, LIMITS.idleSecond, 'idle second');
});
