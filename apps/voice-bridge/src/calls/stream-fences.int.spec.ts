import { randomUUID } from 'node:crypto';
import type { CallId } from '@parley/kernel';
import { Transactions } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { RunningVoiceBridge } from '../testing/running-voice-bridge.js';
import { CallStore, type HeldStream } from './call-store.js';
import type { OpenTurn } from './open-turn.js';
import { TurnStore } from './turn-store.js';

/** The stores refuse a media stream that no longer carries its call. */

const PROCESS = { id: randomUUID(), maxCalls: 10 };

let bridge: RunningVoiceBridge;
let calls: CallStore;
beforeAll(async () => {
  bridge = await RunningVoiceBridge.start();
  calls = bridge.app.get(CallStore, { strict: false });
});
afterAll(() => bridge?.stop());

const claim = (callId: string, callSid: string, streamToken: string) =>
  bridge.app
    .get(Transactions, { strict: false })
    .run((tx) => calls.claim(tx, callId as CallId, callSid, streamToken));

/**
 * Makes a call with two media streams, of which the second carries the call. Returns both streams as their processes
 * know them.
 */
async function takenOverStream(): Promise<{ old: HeldStream; newer: HeldStream }> {
  const { callId, callSid } = await bridge.ring();
  const [old, newer] = [randomUUID(), randomUUID()].map((streamToken) => ({
    callId: callId as CallId,
    streamToken,
  }));
  for (const { streamToken } of [old!, newer!]) await claim(callId, callSid, streamToken);
  return { old: old!, newer: newer! };
}

async function signOfLifeOf(callId: string): Promise<number> {
  const [call] = await bridge.query<{ at: Date }>('SELECT stream_seen_at AS at FROM call WHERE id = $1', [
    callId,
  ]);
  return call!.at.getTime();
}

it('an old media stream cannot renew a call that a newer stream carries', async () => {
  const { old, newer } = await takenOverStream();
  const before = await signOfLifeOf(old.callId);
  expect(await calls.renew(PROCESS, [{ ...old, heard: undefined }])).toEqual([{ ...old, why: 'taken-over' }]);
  expect(await signOfLifeOf(old.callId)).toBe(before);
  expect(await calls.renew(PROCESS, [{ ...newer, heard: undefined }])).toEqual([]);
  expect(await signOfLifeOf(old.callId)).toBeGreaterThan(before);
});

it('an old media stream cannot store its turn once a newer stream carries the call', async () => {
  const { old, newer } = await takenOverStream();
  const turns = bridge.app.get(TurnStore, { strict: false });
  const written = () =>
    bridge.query<{ turn_id: string }>('SELECT turn_id FROM call_open_turn WHERE call_id = $1', [old.callId]);
  const turn: OpenTurn = {
    turnNo: 1,
    turnId: newId('turn'),
    said: '',
    kind: 'greeting',
    sentences: ['Hello.'],
    timings: {},
    counters: { sttMs: 0, tokensUsed: 0, charactersSynthesised: 0, tokensWasted: 0 },
  };
  await turns.storeOpen(old, turn);
  expect(await written()).toEqual([]);
  await turns.storeOpen(newer, turn);
  expect(await written()).toEqual([{ turn_id: turn.turnId }]);
});

it.each([
  ['ending', 'NULL'],
  ['ended', 'clock_timestamp()'],
  ['failed', 'clock_timestamp()'],
])('a media stream cannot claim a call that is %s', async (status, endedAt) => {
  const { callId, callSid } = await bridge.ring();
  await bridge.query(`UPDATE call SET status = $2, ended_at = ${endedAt} WHERE id = $1`, [callId, status]);
  expect(await claim(callId, callSid, randomUUID())).toBeUndefined();
});
