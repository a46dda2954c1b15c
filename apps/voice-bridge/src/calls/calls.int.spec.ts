import { randomUUID } from 'node:crypto';
import type { CallId } from '@parley/kernel';
import { newId } from '@parley/service-kit';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { waitUntil } from '@parley/local-stack';
import { CallRecorder } from '../session/call-recorder.js';
import { CallControl } from './call-control.js';
import type { HeldStream } from './call-store.js';
import { HangUpCall } from './hang-up-call.js';
import { TurnStore } from './turn-store.js';
import {
  incomingCall,
  RawMediaSocket,
  RunningVoiceBridge,
  signatureOf,
} from '../testing/running-voice-bridge.js';

let bridge: RunningVoiceBridge;
beforeAll(async () => {
  bridge = await RunningVoiceBridge.start();
});
afterAll(() => bridge?.stop());

describe('an incoming call', () => {
  it.each(['/webhooks/twilio/voice', '/webhook/voice'])(
    '[V-01] an incoming call at %s is stored with its fact, and its TwiML leads to the media socket and to the resume webhook',
    async (path) => {
      const params = incomingCall({ StirVerstat: 'TN-Validation-Passed-A' });
      const answer = await bridge.post(path, params);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toContain('text/xml');
      const twiml = await answer.text();
      const [row] = await bridge.query<{ id: string; media_token: string; attestation: string }>(
        'SELECT * FROM call WHERE call_sid = $1',
        [params['CallSid']],
      );
      const media = `${bridge.url.replace('http', 'ws')}/media/${row!.id}/${row!.media_token}`;
      expect(twiml).toContain(`<Connect><Stream url="${media}"`);
      expect(twiml).toContain(
        `</Connect><Redirect method="POST">${bridge.url}/webhooks/twilio/voice/resume?callId=${row!.id}</Redirect>`,
      );
      expect(row!.attestation).toBe('full');
      expect(await bridge.facts(row!.id)).toMatchObject([{ state: 'initiated', direction: 'inbound' }]);
    },
  );

  it('a call that Twilio announces twice is one call', async () => {
    const params = incomingCall();
    const first = await bridge.ring(params);
    const again = await bridge.ring(params);
    expect(again).toEqual(first);
    expect(await bridge.facts(first.callId)).toHaveLength(1);
  });

  it.each([
    'anonymous',
    '+266696687',
    '+7378742833',
    '+12345',
    '+0123456789',
    '+1234567890123456',
    '+Restricted',
    '+',
    '',
  ])('a call from "%s" is answered as a call from an unknown person', async (From) => {
    const { callId } = await bridge.ring(incomingCall({ From }));
    expect(await bridge.query('SELECT sealed_person FROM call WHERE id = $1', [callId])).toEqual([
      { sealed_person: null },
    ]);
    const [initiated] = await bridge.facts(callId);
    expect(initiated).toMatchObject({ state: 'initiated' });
    expect(initiated).not.toHaveProperty('contactNumber');
  });

  it('the phone numbers of a call are not stored in clear', async () => {
    await bridge.ring(incomingCall());
    const rows = await bridge.query<{ row: string }>('SELECT call::text AS row FROM call');
    expect(rows.map(({ row }) => row).join()).not.toContain('15550100001');
  });

  it("a voice webhook without Twilio's signature is refused", async () => {
    const forged = { 'x-twilio-signature': 'forged' };
    expect((await bridge.post('/webhooks/twilio/voice', incomingCall(), forged)).status).toBe(403);
  });
});

describe('a call without its socket', () => {
  it('a call that lost its socket ends with an apology, and is not answered again', async () => {
    const params = incomingCall();
    const { callId } = await bridge.ring(params);
    const resume = `/webhooks/twilio/voice/resume?callId=${callId}`;
    const spoken = await (await bridge.post(resume, params)).text();
    expect(spoken).toMatch(/<Response><Say language="en-US">.+<\/Say><Hangup\/><\/Response>$/);
    expect(await (await bridge.post(resume, params)).text()).toMatch(/<Response><Hangup\/><\/Response>$/);
    expect(await (await bridge.post('/webhook/voice', params)).text()).toMatch(/<Response><Hangup\/>/);
  });

  it('the resume webhook answers with an apology if the connection of the call was lost, and with a hang-up if the caller hung up', async () => {
    const params = incomingCall();
    const { callId } = await bridge.ring(params);
    const end = `UPDATE call SET status = 'ended', end_reason = $2, ended_at = clock_timestamp() WHERE id = $1`;
    const resumed = async () =>
      (await bridge.post(`/webhooks/twilio/voice/resume?callId=${callId}`, params)).text();
    await bridge.query(end, [callId, 'connection-lost']);
    expect(await resumed()).toContain('<Say');
    await bridge.query(end, [callId, 'caller-hung-up']);
    expect(await resumed()).not.toContain('<Say');
  });

  it('a call that ends before its media socket opens is published as failed, once', async () => {
    const { callId, callSid } = await bridge.ring();
    const status = { ...incomingCall(), CallSid: callSid, CallStatus: 'completed' };
    for (let i = 0; i < 2; i++) {
      expect((await bridge.post('/webhooks/twilio/voice/status', status)).status).toBe(204);
    }
    const facts = await bridge.facts(callId);
    expect(facts).toMatchObject([{ state: 'initiated' }, { state: 'failed', reason: 'caller-hung-up' }]);
  });

  it('a call whose end Twilio reports before the call itself is not answered', async () => {
    const params = incomingCall();
    const over = { ...params, CallStatus: 'completed' };
    expect((await bridge.post('/webhooks/twilio/voice/status', over)).status).toBe(204);
    const twiml = await (await bridge.post('/webhooks/twilio/voice', params)).text();
    expect(twiml).toMatch(/<Response><Hangup\/><\/Response>$/);
    const rows = await bridge.query<{ id: string }>('SELECT * FROM call WHERE call_sid = $1', [
      params['CallSid'],
    ]);
    expect(rows).toMatchObject([{ status: 'failed', end_reason: 'caller-hung-up' }]);
    expect(await bridge.facts(rows[0]!.id)).toMatchObject([{ state: 'initiated' }, { state: 'failed' }]);
  });

  it("Twilio's report about an unknown outbound call changes nothing", async () => {
    const params = incomingCall({ Direction: 'outbound-api', CallStatus: 'completed' });
    expect((await bridge.post('/webhooks/twilio/voice/status', params)).status).toBe(204);
    expect(await bridge.query('SELECT 1 FROM call WHERE call_sid = $1', [params['CallSid']])).toEqual([]);
  });
});

describe('a media socket', () => {
  it.each([
    ['a forged signature', 403, (url: string) => [url, 'forged']],
    ['a signature over another URL', 403, (url: string) => [url, signatureOf(`${url}x`, {})]],
    ['a token that is not the call’s', 404, (url: string) => [`${url.slice(0, -3)}abc`]],
    ['a malformed id', 404, (url: string) => [url.replace(/call_\w+/, 'call_1')]],
  ] as const)('a media socket is refused for %s (%i)', async (_what, status, change) => {
    const { streamUrl } = await bridge.ring();
    const [url, signature] = change(streamUrl);
    await expect(RawMediaSocket.open(url!, signature)).rejects.toBe(status);
  });

  it('a media socket is refused if its token has expired or its call is over', async () => {
    const { streamUrl, callId, callSid } = await bridge.ring();
    await bridge.query(`UPDATE call SET media_token_expires_at = clock_timestamp() WHERE id = $1`, [callId]);
    await expect(RawMediaSocket.open(streamUrl)).rejects.toBe(410);
    const status = { ...incomingCall(), CallSid: callSid, CallStatus: 'completed' };
    await bridge.post('/webhooks/twilio/voice/status', status);
    await bridge.query(`UPDATE call SET media_token_expires_at = now() + interval '1 hour' WHERE id = $1`, [
      callId,
    ]);
    await expect(RawMediaSocket.open(streamUrl)).rejects.toBe(410);
  });

  it('a media socket is admitted although the first query for its token fails', async () => {
    const { streamUrl } = await bridge.ring();
    let admitted: Promise<RawMediaSocket> | undefined;
    const looking = async () => {
      const [found] = await bridge.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity
         WHERE wait_event_type = 'Lock' AND position('media_token' in query) > 0 AND pid <> pg_backend_pid()`,
      );
      return found?.pid;
    };
    await bridge.whileHolding('LOCK TABLE call IN ACCESS EXCLUSIVE MODE', async () => {
      const opening = RawMediaSocket.open(streamUrl);
      opening.catch(() => undefined);
      const first = await waitUntil('the call to be looked up', looking);
      await bridge.query('SELECT pg_terminate_backend($1)', [first]);
      const isAgain = async () => {
        const pid = await looking();
        return pid !== undefined && pid !== first;
      };
      await waitUntil('it to be looked up again', isAgain);
      admitted = opening;
    });
    const media = await admitted!;
    expect(media.socket.readyState).toBe(media.socket.OPEN);
    media.socket.close();
  });

  it.each(['elsewhere', 'media', 'media/x'])(
    'a media socket at the unknown path /%s is refused',
    async (path) => {
      const url = `${bridge.url.replace('http', 'ws')}/${path}`;
      await expect(RawMediaSocket.open(url)).rejects.toBe(404);
    },
  );

  it('a media socket that names another call is closed with 1008', async () => {
    const { streamUrl, callId } = await bridge.ring();
    const media = await RawMediaSocket.open(streamUrl);
    media.start(`CA${'f'.repeat(32)}`);
    expect(await media.closed).toMatchObject({ code: 1008 });
    expect(await bridge.query('SELECT status FROM call WHERE id = $1', [callId])).toEqual([
      { status: 'ringing' },
    ]);
  });

  it('a media socket is closed with 1008 after ten malformed frames, and not after nine', async () => {
    const { media } = await bridge.answeredCall();
    for (let i = 0; i < 9; i++) media.sendRaw(i % 2 ? 'nonsense' : '{"event":"media","media":{}}');
    media.send({ event: 'an event of the future' });
    media.frame();
    media.send({ event: 'mark', mark: { name: 'nobody sent it' } });
    await media.untilRead();
    expect(media.socket.readyState).toBe(1);
    media.sendRaw('{"event":"media","media":{"timestamp":"0","payload":"***"}}');
    expect(await media.closed).toMatchObject({ code: 1008, reason: 'malformed frames' });
  });

  it('a media socket is closed with 1008 if it sends audio before its start, or starts repeatedly', async () => {
    const early = await RawMediaSocket.open((await bridge.ring()).streamUrl);
    for (let i = 0; i < 10; i++) early.frame();
    expect(await early.closed).toEqual({ code: 1008, reason: 'malformed frames' });

    const { streamUrl, callSid, callId } = await bridge.ring();
    const again = await RawMediaSocket.open(streamUrl);
    for (let i = 0; i < 11; i++) again.start(callSid);
    expect(await again.closed).toEqual({ code: 1008, reason: 'malformed frames' });
    const once = 'SELECT 1 FROM call WHERE id = $1 AND stream_no = 1';
    await bridge.eventually('the call to be taken once', once, [callId]);
  });

  it('a media socket that sends no start is closed with 1008', async () => {
    const { streamUrl } = await bridge.ring();
    const media = await RawMediaSocket.open(streamUrl);
    expect(await media.closed).toMatchObject({ code: 1008, reason: 'no start' });
  });

  it('a media socket is closed if a message is larger than any of Twilio’s', async () => {
    const { streamUrl } = await bridge.ring();
    const media = await RawMediaSocket.open(streamUrl);
    media.sendRaw('x'.repeat(64 * 1024 + 1));
    expect(await media.closed).toMatchObject({ code: 1009 });
  });

  it('Twilio’s "stop" on the media socket ends the call, once', async () => {
    const { streamUrl, callSid, callId } = await bridge.ring();
    const media = await RawMediaSocket.open(streamUrl);
    media.start(callSid);
    await waitUntil('the call to be answered', async () => (await bridge.facts(callId)).length === 2);
    media.send({ event: 'stop', stop: { accountSid: 'AC', callSid } });
    await waitUntil('the call to be over', async () => (await bridge.facts(callId)).length === 3);
    expect(await bridge.facts(callId)).toMatchObject([
      { state: 'initiated' },
      { state: 'answered' },
      { state: 'ended', reason: 'caller-hung-up', durationMs: expect.any(Number), turnCount: 1 },
    ]);
  });

  it('the end of a call is published after its last turn', async () => {
    const { media, callId } = await answered();
    media.send({ event: 'stop' });
    await waitUntil('the call to be over', async () => (await bridge.facts(callId)).length === 3);
    const published = await bridge.query<{ subject: string }>(
      `SELECT subject FROM outbox WHERE subject LIKE '%' || $1 ORDER BY id`,
      [callId],
    );
    const [last, end] = published.map(({ subject }) => subject.split('.').slice(1, 3).join('.')).slice(-2);
    expect([last, end]).toEqual(['call.turn-completed', 'call.state-changed']);
  });

  it('the "stop" of an old media stream neither ends the call nor stores a turn', async () => {
    const { media, callId } = await answered();
    await bridge.query('UPDATE call SET stream_token = gen_random_uuid(), stream_no = 2 WHERE id = $1', [
      callId,
    ]);
    media.send({ event: 'stop' });
    await media.untilRead();
    await bridge.app.get(CallRecorder, { strict: false }).settled();
    expect(await bridge.facts(callId)).toHaveLength(2);
    expect(await bridge.query('SELECT 1 FROM call_turn WHERE call_id = $1', [callId])).toEqual([]);
    const open = 'SELECT sealed_turn FROM call_open_turn WHERE call_id = $1';
    const before = await bridge.query(open, [callId]);
    const stale = { callId, streamToken: randomUUID() } as HeldStream;
    const turn = {
      turnNo: 1,
      turnId: newId('turn'),
      said: '',
      kind: 'greeting' as const,
      sentences: ['Stale.'],
    };
    const counters = { sttMs: 0, charactersSynthesised: 0, tokensUsed: 0, tokensWasted: 0 };
    await bridge.app.get(TurnStore, { strict: false }).storeOpen(stale, { ...turn, timings: {}, counters });
    expect(await bridge.query(open, [callId])).toEqual(before);
  });

  it('[V-06] a call is stored as ending before Twilio is asked to end it', async () => {
    const { callId, callSid } = await bridge.ring();
    const control = bridge.app.get(CallControl, { strict: false });
    const complete = control.complete.bind(control);
    const seen: unknown[] = [];
    const spy = vi.spyOn(control, 'complete').mockImplementation(async (sid) => {
      seen.push(...(await bridge.query('SELECT call_sid, status FROM call WHERE id = $1', [callId])));
      await complete(sid);
    });
    await bridge.app.get(HangUpCall, { strict: false }).execute(callId as CallId, 'hung-up-by-request');
    spy.mockRestore();
    expect(seen).toEqual([{ call_sid: callSid, status: 'ending' }]);
  });

  async function answered(): Promise<{ media: RawMediaSocket; callId: string }> {
    const { streamUrl, callSid, callId } = await bridge.ring();
    const media = await RawMediaSocket.open(streamUrl);
    media.start(callSid);
    await bridge.eventually('the greeting to be stored', 'SELECT 1 FROM call_open_turn WHERE call_id = $1', [
      callId,
    ]);
    return { media, callId };
  }
});
