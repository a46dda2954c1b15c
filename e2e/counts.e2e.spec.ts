import {
  postgresForTests,
  type RunQuery,
  RunningParley,
  SERVICE_SCHEMAS,
  someNumber,
  unconfirmedMessages,
} from '@parley/testing';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RoundTripCounter } from './round-trip-counter.js';
import {
  type StepCounts,
  type CounterReading,
  StepCounter,
  stepsBetween,
  stepsBeyondIdle,
} from './step-counts.js';

/**
 * About one and a half times the measured counts (docs/performance.md), because the machine's speed decides how much
 * work is done together. A new step needs a reason.
 */
const LIMITS: Record<'text' | 'spokenTurn' | 'callSecond' | 'idleSecond', StepCounts> = {
  text: {
    transactions: 35,
    roundTrips: 60,
    rowsInserted: 45,
    rowsUpdated: 45,
    rowsDeleted: 15,
    rowsRead: 300,
    walBytes: 48_000,
    natsMessages: 50,
    httpRequests: 5,
  },
  spokenTurn: {
    transactions: 110,
    roundTrips: 90,
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
    roundTrips: 11,
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
    roundTrips: 4,
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

let roundTrips: RoundTripCounter;
let parley: RunningParley;
let counter: StepCounter;
let idleSecond: StepCounts;
/** The end of one measurement is the beginning of the next. */
let latest: CounterReading;

beforeAll(async () => {
  const postgres = await postgresForTests();
  roundTrips = await RoundTripCounter.listen(await postgres.createDatabase('parley'));
  // Polls are as frequent as in production; the carrier reports three times on each text.
  parley = await RunningParley.start({
    model: 'simulated',
    voice: true,
    databaseAdminUrl: roundTrips.url,
    recoveryTimeScale: 1,
    agentVoice: { silenceMs: 60_000 },
  });
  await parley.untilAgentsAreKnown();
  await parley.settled();
  counter = await StepCounter.listen(parley, roundTrips);
  latest = await counter.read();
});
afterAll(async () => {
  await counter?.close();
  await parley?.stop();
  await roundTrips?.close();
});

function expectWithin(counts: StepCounts, limits: StepCounts, what: string): void {
  if (process.env['PARLEY_PRINT_COUNTS']) process.stdout.write(`${what} ${JSON.stringify(counts)}\n`);
  for (const [name, limit] of Object.entries(limits)) {
    expect.soft(counts[name as keyof StepCounts], `${name} per ${what}`).toBeLessThanOrEqual(limit);
  }
}

/**
 * Waits until the consumers have confirmed all messages. Settlement asks them after 20 s, and its requests are part of
 * a message's cost.
 */
async function untilAllConfirmed(): Promise<void> {
  const query: RunQuery = (sql, params) => parley.query(sql, params);
  const unconfirmed = () => unconfirmedMessages(query, SERVICE_SCHEMAS);
  await expect.poll(unconfirmed, { interval: 250 }).toEqual([]);
}

it('the services take a bounded number of steps in an idle second', async () => {
  const before = latest;
  latest = await counter.read();
  idleSecond = stepsBetween(before, latest, 'second');
  expectWithin(idleSecond, LIMITS.idleSecond, 'idle second');
});

it('the services take a bounded number of steps for a text with its reply and three status reports', async () => {
  const before = latest;
  for (let n = 0; n < TEXTS; n++) {
    const answer = await parley.webhook(parley.inboundParams({ from: someNumber(), body: `Hello ${n}` }));
    expect(answer.status).toBe(200);
    await delay(50);
  }
  await parley.settled();
  await untilAllConfirmed();
  latest = await counter.read();
  expectWithin(stepsBeyondIdle(before, latest, TEXTS, idleSecond), LIMITS.text, 'text');
});

it('the services take a bounded number of steps for a spoken turn and for a second of a call', async () => {
  const call = await parley.simulator.call(someNumber());
  await call.untilQuiet();
  const before = await counter.read();
  for (const said of SAID) {
    await call.say(said);
    await call.untilHeard(`you said "${said}"`);
    await call.untilQuiet();
  }
  const between = await counter.read();
  const after = await counter.read();
  await call.command('hangup');
  expectWithin(stepsBetween(before, between, SAID.length), LIMITS.spokenTurn, 'spoken turn');
  expectWithin(stepsBetween(between, after, 'second'), LIMITS.callSecond, 'call-second');
});
