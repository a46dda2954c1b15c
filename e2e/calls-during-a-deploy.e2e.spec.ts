import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type ServiceProcess, type SimulatedCall, waitUntil } from '@parley/local-stack';
import { RunningParley, someNumber } from '@parley/testing';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const GREETING = 'Hello, this is the test desk.';
const BUSY = 'All lines are busy.';
const ENDED_IN_ORDER = { code: 0, signal: null };
/** Longer than any test here takes. */
const DRAIN_MS = 300_000;

let parley: RunningParley;
let bridge: ServiceProcess;
/** A proxy between Twilio and the webhook. */
let gate: Server;
/** Runs after the webhook has answered and before Twilio gets the answer. */
let meanwhile: () => Promise<void>;

beforeAll(async () => {
  parley = await RunningParley.start({
    model: 'simulated',
    voice: true,
    agentVoice: { greeting: GREETING, busy: BUSY },
    env: { VOICE_DRAIN_MS: String(DRAIN_MS) },
  });
  await parley.untilAgentsAreKnown();
  bridge = parley.process('voice-bridge');
  gate = createServer((request, response) => void passOn(request, response)).listen(0, '127.0.0.1');
  await once(gate, 'listening');
});
beforeEach(async () => {
  meanwhile = async () => undefined;
  await bridge.start();
});
afterAll(async () => {
  gate?.close();
  await parley?.stop();
});

describe('drain', () => {
  it('a voice-bridge that drains while a caller connects admits them, carries their call to its end, and then exits', async () => {
    meanwhile = tellToStop;
    const call = await callThroughTheGate();
    await call.untilHeard(GREETING);
    await call.untilQuiet();
    expect(await isReady()).toBe(false);
    await call.say('Are you open?');
    await call.untilHeard('you said "Are you open?"');
    expect(await (await ring(incomingCall())).text()).toContain(BUSY);
    expect(bridge.running).toBe(true);

    await call.command('hangup');
    expect(await bridge.exited).toEqual(ENDED_IN_ORDER);
    await bridge.start();
    const { status, endReason } = await waitUntil('the call to be over', async () => {
      const view = await parley.callView(call);
      return view.status === 'ended' && view;
    });
    expect([status, endReason]).toEqual(['ended', 'caller-hung-up']);
  });

  it('a draining voice-bridge exits as soon as the one connecting caller has hung up', async () => {
    const params = incomingCall();
    expect(await (await ring(params)).text()).toContain('<Stream');
    await tellToStop();
    await untilLogged('still connecting callers');
    expect(bridge.running).toBe(true);
    const over = { ...params, CallStatus: 'completed' };
    await parley.webhook(over, { path: '/webhooks/twilio/voice/status', service: 'voice-bridge' });
    expect(await bridge.exited).toEqual(ENDED_IN_ORDER);
  });

  it('a draining voice-bridge without a connecting caller exits at once, although it carried calls before', async () => {
    const over = await parley.simulator.call(someNumber(), { to: parley.line });
    await over.untilHeard(GREETING);
    await over.command('hangup');
    const live = await parley.simulator.call(someNumber(), { to: parley.line });
    await live.untilHeard(GREETING);
    // `stop` kills the process if it takes much longer than an unused token is valid.
    expect(await bridge.stop()).toEqual(ENDED_IN_ORDER);
  });
});

async function passOn(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const params = Object.fromEntries(new URLSearchParams(await text(request)));
  const twiml = await (await ring(params)).text();
  await meanwhile();
  response.setHeader('content-type', 'text/xml').end(twiml);
}

async function tellToStop(): Promise<void> {
  bridge.signal('SIGTERM');
  await waitUntil('voice-bridge not to be ready', async () => !(await isReady()));
}

async function isReady(): Promise<boolean> {
  return (await fetch(`${bridge.url}/health/ready`)).ok;
}

async function untilLogged(words: string): Promise<void> {
  await waitUntil(`"${words}" in the log`, () =>
    parley.logs.some(({ source, text: line }) => source === 'voice-bridge' && line.includes(words)),
  );
}

async function callThroughTheGate(): Promise<SimulatedCall> {
  const { port } = gate.address() as AddressInfo;
  return parley.simulator.call(someNumber(), { to: parley.line, url: `http://127.0.0.1:${port}/` });
}

function ring(params: Record<string, string>): Promise<Response> {
  return parley.webhook(params, { path: '/webhooks/twilio/voice', service: 'voice-bridge' });
}

function incomingCall(): Record<string, string> {
  return {
    CallSid: `CA${randomBytes(16).toString('hex')}`,
    AccountSid: parley.twilioAccountSid,
    From: someNumber(),
    To: parley.line,
    CallStatus: 'ringing',
    Direction: 'inbound',
    ApiVersion: '2010-04-01',
  };
}
