import { setTimeout as delay } from 'node:timers/promises';
import type { CallId } from '@parley/kernel';
import type { DuePoll } from '@parley/persistence';
import { expect, it } from 'vitest';
import { recoveryTimes } from '../recovery-times.js';
import type { CallStore, SilentCall } from './call-store.js';
import type { EndCall } from './end-call.js';
import type { OpenTurn } from './open-turn.js';
import type { RecordTurn } from './record-turn.js';
import { SweepCalls } from './sweep-calls.js';
import type { AbandonedTurn, TurnStore } from './turn-store.js';

const BETWEEN_LOOKS_MS = 20;
const times = { ...recoveryTimes, streamRenewIdleMs: BETWEEN_LOOKS_MS / 2 };
const callId = 'call_01k9wm3v7hq2b8yjr5xet6c4dn' as CallId;
const seenAt = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute));
const open = { callId, turn: { turnNo: 3, sentences: [] } as unknown as OpenTurn, heardChars: 0, heardMs: 0 };

/** Makes a sweep whose queries find silent calls: the first query the calls of the first list, and so on. */
function sweepOf(looks: readonly (readonly SilentCall[])[]) {
  const done: string[] = [];
  const left = [...looks];
  let look: () => Promise<unknown> = async () => undefined;
  const poll = { loop: ({ step }: { step: typeof look }) => (look = step) } as unknown as DuePoll;
  const calls = {
    forgetProcesses: async () => undefined,
    silentFor: async () => left.shift() ?? [],
    find: async () => ({ id: callId }),
  } as unknown as CallStore;
  const turns: Partial<TurnStore> = {
    abandonedFor: async () => [],
    openOf: async (): Promise<AbandonedTurn[]> => [open],
  };
  const endCall = {
    execute: async (id: CallId, reason: string, _at: Date, stream?: { streamToken: string }) =>
      void done.push(`end ${id} ${reason} ${stream?.streamToken}`),
  } as unknown as EndCall;
  const recordTurn = {
    execute: async (_call: unknown, { turnNo }: { turnNo: number }, stream?: { streamToken: string }) =>
      void done.push(`record turn ${turnNo} ${stream?.streamToken}`),
  } as unknown as RecordTurn;
  // oxlint-disable-next-line no-new
  new SweepCalls(calls, turns as TurnStore, endCall, recordTurn, times, poll);
  return { done, look: () => look() };
}

it('a call that is silent at two sweeps is ended, and its open turn is recorded', async () => {
  const silent: SilentCall = { callId, streamToken: 'token', seenAt: seenAt(1) };
  const { done, look } = sweepOf([[silent], [silent]]);
  expect(await look()).toBe(BETWEEN_LOOKS_MS);
  expect(done).toEqual([]);
  await delay(BETWEEN_LOOKS_MS + 5);
  expect(await look()).toBeUndefined();
  expect(done).toEqual([`end ${callId} connection-lost token`, 'record turn 3 token']);
});

it('a call that was renewed between two sweeps is not ended, though it is silent again', async () => {
  const { done, look } = sweepOf(
    [1, 2].map((minute) => [{ callId, streamToken: 'token', seenAt: seenAt(minute) }]),
  );
  await look();
  await delay(BETWEEN_LOOKS_MS + 5);
  await look();
  expect(done).toEqual([]);
});

it('a silent call is not ended by two sweeps in quick succession', async () => {
  const silent: SilentCall = { callId, streamToken: undefined, seenAt: seenAt(1) };
  const { done, look } = sweepOf([[silent], [silent]]);
  await look();
  await look();
  expect(done).toEqual([]);
});
