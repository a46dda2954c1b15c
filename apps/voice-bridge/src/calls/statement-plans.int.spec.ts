import { randomUUID } from 'node:crypto';
import type { CallId, ConversationId } from '@parley/kernel';
import { Transactions } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { StatementPlans, statementsOf } from '@parley/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fillCalls } from '../testing/fill-calls.js';
import { incomingCall, RawMediaSocket, RunningVoiceBridge } from '../testing/running-voice-bridge.js';
import { CallCapacity } from './call-capacity.js';
import { type CallFilter, CallStore } from './call-store.js';
import { RecordTurn } from './record-turn.js';
import { SweepCalls } from './sweep-calls.js';
import { TurnStore } from './turn-store.js';

/**
 * The number of past calls. With a million, the plans and the counts are the same, but the test takes a minute longer.
 */
const PAST = Number(process.env['PARLEY_PLAN_ROWS'] ?? 50_000);
const LIVE = 100;
/**
 * The most that one statement may read. The sweep's due query reads each live call twice, and one open turn for each
 * live call plus 100.
 */
const limits = {
  rows: 4 * LIVE + 250,
  blocks: 900,
  shortTables: ['agent', 'bridge_process', 'outbox', 'outbox_partition', 'outbox_settlement', 'inbox'],
};
const SILENCE = { carriedMs: 3_600_000, waitingMs: 3_600_000 };
const TURN_SILENT_MS = 60_000;

let bridge: RunningVoiceBridge;
let plans: StatementPlans;

beforeAll(async () => {
  bridge = await RunningVoiceBridge.start({ VOICE_MAX_CALLS: '500' });
  await bridge.app.get(SweepCalls, { strict: false }).beforeApplicationShutdown();
  plans = await StatementPlans.open(await bridge.postgres.createDatabase('parley'), 'voice');
  await fillCalls(plans, { past: PAST, live: LIVE, abandoned: 2_000 });
}, 120_000);
afterAll(async () => {
  await plans.close();
  await bridge.stop();
});

/** Runs one call from its first webhook to its end, and the queries of the background loops. */
async function work(): Promise<void> {
  const get = <T>(token: abstract new (...args: never[]) => T) => bridge.app.get<T>(token, { strict: false });
  const calls = get(CallStore);
  const turns = get(TurnStore);
  const transactions = get(Transactions);
  // The filled-in rows were never sealed, so opening them fails.
  const refused = () => undefined;

  const params = incomingCall();
  const { callId, callSid, streamUrl } = await bridge.ring(params);
  await calls.awaitingSocket([callId as never]);
  const media = await RawMediaSocket.open(streamUrl);
  media.start(callSid);
  await bridge.eventually('the greeting to be stored', 'SELECT 1 FROM call_open_turn WHERE call_id = $1', [
    callId,
  ]);
  const call = (await calls.find(callId as never))!;
  const stream = { callId: call.id, streamToken: randomUUID() };
  await transactions.run((tx) => get(CallCapacity).isExhausted(tx, call.id));
  await transactions.run((tx) => calls.isCarriedByAnother(tx, stream));
  await transactions.run((tx) => calls.beginEnding(tx, call.id, 'silence', stream.streamToken));
  await calls.setConversation(call.id, { conversationId: newId('conv'), contactId: newId('ctc') });
  await calls.release(stream);
  await calls.renew({ id: randomUUID(), maxCalls: 1 }, [{ ...stream, heard: undefined }]);
  const counters = { sttMs: 0, charactersSynthesised: 0, tokensUsed: 0, tokensWasted: 0 };
  const turn = { turnNo: 1, turnId: newId('turn'), said: '', timings: {}, counters };
  const reply = { kind: 'greeting' as const, text: 'Hello.', heardText: 'Hello.', heardMs: 400 };
  await get(RecordTurn).execute(call, { ...turn, reply, endedAt: new Date().toISOString() });
  media.send({ event: 'stop' });
  const over = `SELECT 1 FROM call WHERE id = $1 AND status = 'ended'`;
  await bridge.eventually('the call to be over', over, [callId]);
  await bridge.post('/webhooks/twilio/voice/resume', params);
  await bridge.post('/webhooks/twilio/voice/status', { ...params, CallStatus: 'completed' });

  await turns.newest(call.id, 20);
  await turns.after(call.id, 0, 20);

  await calls.forgetProcesses(3_600_000);
  await calls.silentFor(SILENCE, 50);
  await turns.abandonedFor(TURN_SILENT_MS, 50).catch(refused);
}

/** The filters that REST may use for the list of calls. */
const filters: CallFilter[] = [
  {},
  { status: 'failed' },
  { status: 'ringing' },
  { direction: 'outbound' },
  { status: 'answered', direction: 'inbound' },
  { conversationId: 'conv_unknown' as ConversationId },
  { conversationId: 'conv_7' as ConversationId, status: 'failed' },
];

async function list(filter: CallFilter, before: CallId | undefined): Promise<void> {
  const calls = bridge.app.get(CallStore, { strict: false });
  // The filled-in rows were never sealed, so opening them fails.
  await calls.list(filter, 20, before).catch(() => undefined);
}

it(
  `with ${PAST} past calls, each statement of voice-bridge reads only the live calls and a few other rows`,
  { timeout: 120_000 },
  async () => {
    const sent = await statementsOf(work);
    const { sql, values } = bridge.app.get(CallStore, { strict: false }).sweepDueAt(SILENCE, TURN_SILENT_MS);
    const statements = [{ text: sql, values }, ...sent.filter(({ text }) => !isOfTheTest(text))];
    expect(statements.length).toBeGreaterThan(25);
    for (const statement of statements) {
      expect.soft(await plans.findings(statement, limits)).toEqual([]);
    }
  },
);

/** Returns whether the test itself ran the statement. */
function isOfTheTest(text: string): boolean {
  return text.startsWith('SELECT 1 FROM call') && !text.includes('FOR UPDATE');
}

it.each(filters)(
  `a list of calls filtered by %j reads only one page of ${PAST} past calls`,
  { timeout: 120_000 },
  async (filter) => {
    const [newest] = await bridge.app.get(CallStore, { strict: false }).list({}, 1, undefined);
    const firstPage = await statementsOf(() => list(filter, undefined));
    const nextPage = await statementsOf(() => list(filter, newest!.id));
    for (const statement of [...firstPage, ...nextPage]) {
      expect.soft(await plans.findings(statement, limits)).toEqual([]);
    }
  },
);
