import { type SimulatedCall, waitUntil } from '@parley/local-stack';
import { someNumber } from '@parley/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { NEUTRAL_AGENT } from '../agents/voice-agent.js';
import { RunningVoiceBridge } from '../testing/running-voice-bridge.js';
import { ScriptedAgent } from '../testing/scripted-agent.js';

const PATIENCE = { timeoutMs: 30_000 };
const { greeting, apology } = NEUTRAL_AGENT.voice;
const REFUSED = { mode: 'refuse', status: 401, code: 'quota_exceeded', times: 50 } as const;
const MUTE = { mode: 'mute', times: 50 } as const;

let bridge: RunningVoiceBridge;
let agent: ScriptedAgent;

beforeAll(async () => {
  bridge = await RunningVoiceBridge.start();
  agent = await ScriptedAgent.start(bridge.nats.url);
});
afterEach(() => bridge.simulator.heal());
afterAll(async () => {
  await agent?.stop();
  await bridge?.stop();
});

describe('a vendor that is unavailable for a whole call', () => {
  it.each([
    ['voice', 'refuses', { kind: 'elevenlabs', ...REFUSED }, 'voice-unavailable'],
    ['voice', 'sends no audio', { kind: 'elevenlabs', ...MUTE }, 'voice-unavailable'],
    ['recogniser', 'refuses', { kind: 'deepgram', ...REFUSED, code: undefined }, 'recogniser-unavailable'],
  ] as const)(
    "when the %s %s, the caller hears an apology in Twilio's own voice",
    async (_who, _how, fault, reason) => {
      await bridge.simulator.fault(fault);
      const call = await bridge.simulator.call(someNumber());
      await call.untilHeard(apology);
      await call.untilStatus('completed');
      await expectEnded(call, reason);
    },
  );

  it('a caller hears the apology if the recogniser stays mute while the caller speaks', async () => {
    await bridge.simulator.fault({ kind: 'deepgram', ...MUTE });
    const call = await bridge.simulator.call(someNumber());
    await call.untilHeard(greeting);
    await call.say(
      'Hello there, I am talking to you for quite a while, and nobody seems to listen to any of it.',
    );
    await call.say(
      'Hello, is there anybody at all who could tell me when you open in the morning tomorrow please?',
    );
    await call.untilHeard(apology);
    await call.untilStatus('completed');
    await expectEnded(call, 'recogniser-unavailable');
  });
});

describe('a vendor that refuses once', () => {
  it.each(['elevenlabs', 'deepgram'] as const)(
    'a call goes on after %s refuses its first connection',
    async (kind) => {
      await bridge.simulator.fault({ kind, mode: 'refuse', status: 429, times: 1 });
      const call = await bridge.simulator.call(someNumber());
      await call.untilHeard(greeting);
      await call.untilQuiet();
      await call.say('hello there');
      await call.untilHeard('You said');
      await call.command('hangup');
      await expectEnded(call, 'caller-hung-up');
    },
  );
});

async function expectEnded({ callSid }: SimulatedCall, reason: string): Promise<void> {
  const [row] = await bridge.query<{ id: string }>('SELECT id FROM call WHERE call_sid = $1', [callSid]);
  const facts = await waitUntil(
    'the call to be over',
    async () => {
      const all = await bridge.facts(row!.id);
      return all.some(({ state }) => state === 'ended') && all;
    },
    PATIENCE,
  );
  expect(facts.at(-1)).toMatchObject({ state: 'ended', reason });
}
