import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { NEUTRAL_AGENT } from '../agents/voice-agent.js';
import {
  incomingCall,
  RawMediaSocket,
  RunningVoiceBridge,
  signatureOf,
} from '../testing/running-voice-bridge.js';

/** With this scale no process counts as dead, even if the machine stalls for seconds. */
const PATIENT = { RECOVERY_TIME_SCALE: '10' };

let bridge: RunningVoiceBridge;
let otherUrl: string;
beforeAll(async () => {
  bridge = await RunningVoiceBridge.start({ VOICE_MAX_CALLS: '1', ...PATIENT });
  otherUrl = await bridge.another();
  await bridge.eventually(
    'both processes to say how many calls they take',
    'SELECT 1 FROM bridge_process HAVING sum(max_calls) = 2',
  );
});
beforeEach(hangUpAll);
afterAll(() => bridge?.stop());

describe('two processes that take one call each', () => {
  it('[V-01] two processes of capacity 1 admit two calls, and a third caller hears that all are busy, even before any media socket is open', async () => {
    const calls = [await bridge.ring(), await bridge.ring()];
    const third = incomingCall();
    for (let announced = 0; announced < 2; announced++) expect(await twimlOf(third)).toBe(busy());
    const [row] = await bridge.query<{ id: string; status: string; end_reason: string }>(
      'SELECT * FROM call WHERE call_sid = $1',
      [third['CallSid']],
    );
    expect(row).toMatchObject({ status: 'failed', end_reason: 'no-capacity' });
    expect(await bridge.facts(row!.id)).toMatchObject([
      { state: 'initiated' },
      { state: 'failed', reason: 'no-capacity' },
    ]);

    const [first, second] = await Promise.all([openAt(bridge.url, calls[0]!), openAt(otherUrl, calls[1]!)]);
    await answered(2);
    expect(await twimlOf(incomingCall())).toBe(busy());
    // A full process refuses a socket even if its call was admitted.
    const elsewhere = await addProcess('0 s');
    const { streamUrl } = await bridge.ring();
    await expect(RawMediaSocket.open(streamUrl)).rejects.toBe(503);
    await bridge.query('DELETE FROM bridge_process WHERE id = $1', [elsewhere]);

    for (const media of [first, second]) media.send({ event: 'stop', stop: {} });
    await answered(0);
    await hangUpAll();
    await bridge.ring();
  });

  it('two processes of capacity 1 admit two of eight calls that ring at the same time', async () => {
    const twiml = await Promise.all(Array.from({ length: 8 }, () => twimlOf(incomingCall())));
    expect(twiml.filter((text) => text.includes('<Stream'))).toHaveLength(2);
    expect(twiml.filter((text) => text === busy())).toHaveLength(6);
  });

  it('a call waits until another call has been admitted, and is then admitted too', async () => {
    const lock = `SELECT pg_advisory_xact_lock(hashtextextended('voice.capacity', 0))`;
    let twiml: Promise<string> | undefined;
    await bridge.whileHolding(lock, async () => {
      twiml = twimlOf(incomingCall());
      const waiting = `SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`;
      await bridge.eventually('the call to wait for the one before', waiting);
    });
    expect(await twiml).toContain('<Stream');
  });

  it('the capacity and the calls of a dead process do not count', async () => {
    await addProcess('1 hour');
    const dead = await bridge.ring();
    await bridge.query(
      `UPDATE call SET stream_token = gen_random_uuid(), stream_no = 1, status = 'answered', answered_at = started_at,
         stream_seen_at = clock_timestamp() - interval '1 hour' WHERE id = $1`,
      [dead.callId],
    );
    await bridge.ring();
    await bridge.ring();
    expect(await twimlOf(incomingCall())).toBe(busy());
  });
});

function busy(): string {
  const { busy: sentence } = NEUTRAL_AGENT.voice;
  return `<?xml version="1.0" encoding="UTF-8"?><Response><Say language="en-US">${sentence}</Say><Hangup/></Response>`;
}

async function twimlOf(params: Record<string, string>): Promise<string> {
  const answer = await bridge.post('/webhooks/twilio/voice', params);
  expect(answer.status).toBe(200);
  return answer.text();
}

/** Opens a media socket at one process; Twilio always signs the public URL. */
async function openAt(url: string, { streamUrl, callSid }: { streamUrl: string; callSid: string }) {
  const ws = (http: string): string => http.replace(/^http/, 'ws');
  const media = await RawMediaSocket.open(
    streamUrl.replace(ws(bridge.url), ws(url)),
    signatureOf(streamUrl, {}),
  );
  media.start(callSid);
  return media;
}

/** Adds the row of a process that last renewed its calls this long ago. */
async function addProcess(silent: string): Promise<string> {
  const [row] = await bridge.query<{ id: string }>(
    `INSERT INTO bridge_process VALUES (gen_random_uuid(), 1, clock_timestamp() - $1::interval) RETURNING id`,
    [silent],
  );
  return row!.id;
}

async function answered(count: number): Promise<void> {
  await bridge.eventually(
    `${count} calls to be under way`,
    `SELECT 1 FROM call WHERE status = 'answered' AND ended_at IS NULL HAVING count(*) = $1`,
    [count],
  );
}

async function hangUpAll(): Promise<void> {
  const live = await bridge.query<{ call_sid: string }>('SELECT call_sid FROM call WHERE ended_at IS NULL');
  for (const { call_sid: callSid } of live) {
    const status = { ...incomingCall(), CallSid: callSid, CallStatus: 'completed' };
    expect((await bridge.post('/webhooks/twilio/voice/status', status)).status).toBe(204);
  }
}
