import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type ServiceProcess, waitUntil } from '@parley/local-stack';
import { RunningParley, someNumber } from '@parley/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const GREETING = 'Hello, this is the test desk.';
const CUT_OFF = { status: 'ended', end_reason: 'connection-lost' };
/** Less than the 60 s after its last sign of life for which a call holds texts back. */
const LONG_BEFORE_THE_CALL_IS_SILENT_MS = 45_000;

let parley: RunningParley;
let bridge: ServiceProcess;

beforeAll(async () => {
  // Uses the recovery times of production, because shorter ones would hide how long a caller waits.
  parley = await RunningParley.start({
    voice: true,
    recoveryTimeScale: 1,
    agentVoice: { greeting: GREETING },
  });
  await parley.untilAgentsAreKnown();
  bridge = parley.process('voice-bridge');
});
afterAll(async () => parley?.stop());

describe('a voice-bridge that ends', () => {
  it('a call is recorded as ended when its voice-bridge stops, and its caller’s texts are answered after the next start', async () => {
    const person = someNumber();
    const call = await parley.simulator.call(person, { to: parley.line });
    await call.untilHeard(GREETING);
    await untilTextsWait(call.callSid);
    expect(await bridge.stop()).toEqual({ code: 0, signal: null });
    const stoppedAt = performance.now();
    expect(await endOf(call.callSid)).toEqual(CUT_OFF);

    await bridge.start();
    await text(person, 'Are you still there?');
    await parley.simulator.repliesTo(person, 1);
    expect(performance.now() - stoppedAt).toBeLessThan(LONG_BEFORE_THE_CALL_IS_SILENT_MS);
    expect(await parley.callView(call)).toMatchObject({ status: 'ended', endReason: 'connection-lost' });
  });

  it('a call whose voice-bridge was killed is found by the next voice-bridge, and its caller’s texts are answered', async () => {
    const person = someNumber();
    const callSid = await callWithoutTwilio(person);
    await untilTextsWait(callSid);
    await bridge.kill();
    const killedAt = performance.now();
    expect(await endOf(callSid)).toMatchObject({ status: 'answered' });

    await bridge.start();
    await text(person, 'Are you still there?');
    await parley.simulator.repliesTo(person, 1);
    expect(performance.now() - killedAt).toBeLessThan(LONG_BEFORE_THE_CALL_IS_SILENT_MS);
    expect(await endOf(callSid)).toEqual(CUT_OFF);
  });
});

/** Waits until the orchestrator knows of the call, so that this person's texts wait for it. */
async function untilTextsWait(callSid: string): Promise<void> {
  await waitUntil('the call to lease its lane', async () => {
    const leased = await parley.query(
      `SELECT 1 FROM orchestrator.call JOIN orchestrator.lane ON lane.id = call.lane_id
       WHERE call.id = (SELECT id FROM voice.call WHERE call_sid = $1) AND lane.lease_until > clock_timestamp()`,
      [callSid],
    );
    return leased.length > 0;
  });
}

async function endOf(callSid: string): Promise<object | undefined> {
  const sql = 'SELECT status, end_reason FROM voice.call WHERE call_sid = $1';
  return (await parley.query<object>(sql, [callSid]))[0];
}

async function text(from: string, body: string): Promise<void> {
  const answer = await parley.webhook(parley.inboundParams({ from, body }));
  expect(answer.status).toBe(200);
}

/** Makes a call about which Twilio reports nothing after its socket is lost. */
async function callWithoutTwilio(from: string): Promise<string> {
  const callSid = `CA${randomBytes(16).toString('hex')}`;
  const params = {
    CallSid: callSid,
    AccountSid: parley.twilioAccountSid,
    From: from,
    To: parley.line,
    CallStatus: 'ringing',
    Direction: 'inbound',
    ApiVersion: '2010-04-01',
    // Attested by the carriers, so that the call belongs to this person.
    StirVerstat: 'TN-Validation-Passed-A',
  };
  const ring = { path: '/webhooks/twilio/voice', service: 'voice-bridge' };
  const twiml = await (await parley.webhook(params, ring)).text();
  const [, url = ''] = /<Stream url="([^"]+)"/.exec(twiml) ?? [];
  const socket = new WebSocket(url, { headers: { 'x-twilio-signature': parley.signatureOf(url) } });
  await once(socket, 'open');
  const streamSid = `MZ${randomBytes(16).toString('hex')}`;
  const mediaFormat = { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 };
  const start = { streamSid, callSid, accountSid: parley.twilioAccountSid, tracks: ['inbound'], mediaFormat };
  socket.send(JSON.stringify({ event: 'start', sequenceNumber: '1', streamSid, start }));
  return callSid;
}
