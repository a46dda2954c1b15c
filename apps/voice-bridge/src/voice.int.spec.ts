import { newId } from '@parley/service-kit';
import type { CallId } from '@parley/kernel';
import { Transactions } from '@parley/persistence';
import { constraintThatRefusesCopy, type Route, routesOf } from '@parley/testing';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { CallControl } from './calls/call-control.js';
import { CallStore } from './calls/call-store.js';
import { HangUpCall } from './calls/hang-up-call.js';
import { CallRecorder } from './session/call-recorder.js';
import { incomingCall, RawMediaSocket, RunningVoiceBridge } from './testing/running-voice-bridge.js';

let bridge: RunningVoiceBridge;
beforeAll(async () => {
  bridge = await RunningVoiceBridge.start();
});
afterAll(async () => bridge.stop());

const webhooks = (): Route[] => routesOf(bridge.app);

describe('every route of the voice-bridge', () => {
  it('every route of voice-bridge refuses a request without Twilio’s signature', async () => {
    expect(
      webhooks()
        .map(({ path }) => path)
        .toSorted(),
    ).toEqual([
      '/webhook/voice',
      '/webhooks/twilio/voice',
      '/webhooks/twilio/voice/resume',
      '/webhooks/twilio/voice/status',
      '/webhooks/twilio/voice/stream-status',
    ]);
    for (const { path } of webhooks()) {
      const params = { ...incomingCall(), StreamSid: 'MZ', StreamEvent: 'stream-stopped' };
      const unsigned = await bridge.post(path, params, {});
      const forged = await bridge.post(path, params, { 'x-twilio-signature': 'Zm9yZ2Vk' });
      expect([path, unsigned.status, forged.status]).toEqual([path, 403, 403]);
    }
  });

  it('a media socket without Twilio’s signature is refused', async () => {
    const { streamUrl } = await bridge.ring();
    await expect(RawMediaSocket.open(streamUrl, '')).rejects.toBe(403);
    await expect(RawMediaSocket.open(streamUrl, 'Zm9yZ2Vk')).rejects.toBe(403);
  });
});

describe('an old media stream', () => {
  /** Makes a call that a newer socket carries, and returns the older socket's stream. */
  async function takenOver() {
    const { media, callId } = await bridge.answeredCall();
    const [old] = await bridge.query<{ stream_token: string }>(
      'SELECT stream_token FROM call WHERE id = $1',
      [callId],
    );
    const newer = randomUUID();
    await bridge.query('UPDATE call SET stream_token = $2, stream_no = 2 WHERE id = $1', [callId, newer]);
    return {
      id: callId as CallId,
      media,
      newer,
      old: { callId: callId as CallId, streamToken: old!.stream_token },
    };
  }

  const rowOf = async (callId: string) =>
    (
      await bridge.query<{ status: string; stream_token: string | null }>(
        'SELECT status, stream_token FROM call WHERE id = $1',
        [callId],
      )
    )[0];

  it('an old media stream cannot hang up a call that a newer stream carries', async () => {
    const { id, newer, old } = await takenOver();
    const complete = vi.spyOn(bridge.app.get(CallControl, { strict: false }), 'complete');
    const hangUp = bridge.app.get(HangUpCall, { strict: false });
    await hangUp.execute(id, 'silence', old.streamToken);
    expect(complete).not.toHaveBeenCalled();
    expect(await rowOf(id)).toEqual({ status: 'answered', stream_token: newer });
    await hangUp.execute(id, 'silence', newer);
    expect(complete).toHaveBeenCalledTimes(1);
    complete.mockRestore();
  });

  it('an old media stream cannot mark a call as ending that a newer stream carries', async () => {
    const { id, newer, old } = await takenOver();
    const calls = bridge.app.get(CallStore, { strict: false });
    const transactions = bridge.app.get(Transactions, { strict: false });
    const begin = (token: string) => transactions.run((tx) => calls.beginEnding(tx, id, 'silence', token));
    expect(await begin(old.streamToken)).toBe(false);
    expect(await rowOf(id)).toEqual({ status: 'answered', stream_token: newer });
    expect(await begin(newer)).toBe(true);
  });

  it('an old media stream that closes does not release a call that a newer stream carries', async () => {
    const { id, media, newer, old } = await takenOver();
    media.socket.terminate();
    const recorder = bridge.app.get(CallRecorder, { strict: false });
    await recorder.release(old);
    await recorder.settled();
    expect(await rowOf(id)).toEqual({ status: 'answered', stream_token: newer });
    await recorder.release({ ...old, streamToken: newer });
    expect(await rowOf(id)).toEqual({ status: 'answered', stream_token: null });
  });

  it('an old media stream does not get the lock under which turns are stored', async () => {
    const { id, newer, old } = await takenOver();
    const calls = bridge.app.get(CallStore, { strict: false });
    const transactions = bridge.app.get(Transactions, { strict: false });
    const carries = (token: string) =>
      transactions.run((tx) => calls.lockStream(tx, { callId: id, streamToken: token }));
    expect([await carries(old.streamToken), await carries(newer)]).toEqual([false, true]);
  });
});

describe('the unique keys behind the locks', () => {
  const copies = [
    ['a CallSid twice', 'call', { id: newId('call') }, 'call_call_sid_key'],
    ['a turn of a call twice', 'call_turn', {}, 'call_turn_pkey'],
    ['an open turn of a call twice', 'call_open_turn', {}, 'call_open_turn_pkey'],
    ['a process twice', 'bridge_process', {}, 'bridge_process_pkey'],
    ['an event twice in the outbox', 'outbox', { id: 1_000_000 }, 'outbox_event_id_key'],
  ] as const;

  beforeAll(async () => {
    const { callId } = await bridge.ring();
    const turn = [callId, 1, 'sealed'];
    await bridge.query('INSERT INTO call_turn (call_id, turn_no, sealed_record) VALUES ($1, $2, $3)', turn);
    await bridge.query(
      `INSERT INTO call_open_turn (call_id, turn_no, sealed_turn, turn_id) VALUES ($1, $2, $3, 'turn')`,
      turn,
    );
    await bridge.eventually('the process to be known', 'SELECT 1 FROM bridge_process');
  });

  it.each(copies)(
    'the unique keys of voice-bridge refuse %s without the help of locks',
    async (_what, table, changes, constraint) => {
      const query = bridge.query.bind(bridge);
      expect(await constraintThatRefusesCopy(query, { table, where: 'true', changes })).toBe(constraint);
    },
  );
});

describe('while Postgres is unavailable', () => {
  it('Twilio’s report of a call’s end is acknowledged only once Postgres is available', async () => {
    const { callSid, callId } = await bridge.ring();
    const over = { ...incomingCall(), CallSid: callSid, CallStatus: 'completed' };
    await bridge.postgres.stop('immediate');
    const refused = await bridge.post('/webhooks/twilio/voice/status', over);
    expect(refused.status).toBe(503);
    await bridge.postgres.start();
    await expect
      .poll(async () => (await bridge.post('/webhooks/twilio/voice/status', over)).status)
      .toBe(204);
    expect(await bridge.facts(callId)).toMatchObject([{ state: 'initiated' }, { state: 'failed' }]);
  });
});
