import type { TurnRecord } from '@parley/contracts';
import type { CallId } from '@parley/kernel';
import { type SimulatedCall, waitUntil } from '@parley/local-stack';
import { someNumber } from '@parley/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { NEUTRAL_AGENT } from '../agents/voice-agent.js';
import { TurnStore } from '../calls/turn-store.js';
import { RunningVoiceBridge } from '../testing/running-voice-bridge.js';
import { type AgentAnswer, ScriptedAgent } from '../testing/scripted-agent.js';
import { AgentClient } from './agent-client.js';

const {
  greeting,
  apology,
  fillers: [filler],
} = NEUTRAL_AGENT.voice;
const whole: AgentAnswer = () => ['Here is ', 'your ', 'answer.'];

let bridge: RunningVoiceBridge;
let agent: ScriptedAgent;

beforeAll(async () => {
  bridge = await RunningVoiceBridge.start();
  agent = await ScriptedAgent.start(bridge.nats.url);
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(async () => {
  await agent?.stop();
  await bridge?.stop();
});

describe('a reply that breaks before its first spoken word', () => {
  it('a reply that lost a word before it was spoken is requested again, with a filler meanwhile', async () => {
    agent.answer = (turn) =>
      turn.attempt === 1 ? { words: ['Never ', 'mind ', 'me.'], lost: 1 } : whole(turn);
    await expectAnswerAfterFiller(await asking('is a part missing'));
  });

  it('a reply that sends nothing for 1.5 s before its first spoken word is requested again', async () => {
    agent.answer = (turn) => (turn.attempt === 1 ? undefined : whole(turn));
    const call = await asking('is anybody there');
    // The second answer may arrive before the filler that is due at the same moment.
    await call.untilHeard('Here is your answer.');
    expect(await attemptsOf(call)).toEqual([1, 2]);
    await expectCleanRecord(call);
  });

  it('a reply is requested again if no orchestrator answers', async () => {
    const client = bridge.app.get(AgentClient, { strict: false });
    const requestReply = client.requestReply.bind(client);
    const attempts: number[] = [];
    vi.spyOn(client, 'requestReply').mockImplementation(async (turn, onText, signal) => {
      attempts.push(turn.attempt);
      const outcome = await requestReply(turn, onText, signal);
      await agent.connect();
      return outcome;
    });
    agent.answer = whole;
    await agent.disconnect();
    const call = await asking('is nobody there');
    await call.untilHeard('Here is your answer.');
    expect(attempts).toEqual([1, 2]);
    await expectCleanRecord(call);
  });
});

describe('a reply that breaks', () => {
  it('a reply that breaks after some of it was spoken is not requested again', async () => {
    agent.answer = () => ({ words: ['We open at five. ', 'And we ', 'close at six.'], lost: 2 });
    const call = await asking('when do you open');
    await call.untilHeard(apology);
    expect((await call.heard()).text).toContain('We open at five.');
    await call.command('hangup');
    expect(await attemptsOf(call)).toEqual([1]);
  });

  it('a reply that breaks twice is replaced by the apology', async () => {
    agent.answer = () => ({ words: ['Never ', 'mind ', 'me.'], lost: 0 });
    const call = await asking('does it break');
    await call.untilHeard(apology);
    await call.command('hangup');
    expect(await attemptsOf(call)).toEqual([1, 2]);
    const [, broken] = await recorded(call, 3);
    expect(broken).toMatchObject({
      said: expect.stringMatching(/does it break/i),
      noReplyReason: 'agent-unavailable',
    });
  });
});

describe('a filler', () => {
  it('a filler is spoken once while the agent thinks, and can be interrupted', async () => {
    agent.answer = (turn) => (/think/i.test(turn.said) ? 'thinking' : whole(turn));
    const call = await asking('please think');
    await call.untilHeard(filler!);
    await call.say('no never mind that');
    await call.untilHeard('Here is your answer.');
    await call.command('hangup');
    const [, thought, answered] = await recorded(call, 3);
    expect(thought).toMatchObject({ noReplyReason: 'agent-silent' });
    expect(answered?.reply).toMatchObject({ kind: 'answer', text: 'Here is your answer.' });
    expect(agent.cancelled).toContain(thought!.turnId);
    expect((await call.heard()).text.split(filler!)).toHaveLength(2);
  });
});

async function asking(question: string): Promise<SimulatedCall> {
  const call = await bridge.simulator.call(someNumber());
  await call.untilHeard(greeting);
  await call.untilQuiet();
  await call.say(question);
  return call;
}

async function expectAnswerAfterFiller(call: SimulatedCall): Promise<void> {
  await call.untilHeard(`${filler} Here is your answer.`);
  expect(await attemptsOf(call)).toEqual([1, 2]);
  await expectCleanRecord(call);
}

/** Checks that the recorded reply contains no filler. */
async function expectCleanRecord(call: SimulatedCall): Promise<void> {
  await call.untilQuiet();
  await call.command('hangup');
  const [, answered] = await recorded(call, 2);
  const text = 'Here is your answer.';
  expect(answered?.reply).toMatchObject({ kind: 'answer', text, heardText: text });
  const { firstTokenAt, firstAudioAt, firstHeardAt } = answered!.timings;
  const moments = [firstTokenAt, firstAudioAt, firstHeardAt].map((at) => Date.parse(at ?? ''));
  expect(moments).toEqual(moments.toSorted((one, other) => one - other));
}

/** Returns the attempt numbers of the requested replies; checks that all were of one turn. */
async function attemptsOf(call: SimulatedCall): Promise<number[]> {
  const callId = await idOf(call);
  const asked = agent.turns.filter((turn) => turn.callId === callId);
  expect(new Set(asked.map(({ turnId }) => turnId)).size).toBe(1);
  return asked.map(({ attempt }) => attempt);
}

async function idOf(call: SimulatedCall): Promise<CallId> {
  const [row] = await bridge.query<{ id: CallId }>('SELECT id FROM call WHERE call_sid = $1', [call.callSid]);
  return row!.id;
}

async function recorded(call: SimulatedCall, count: number): Promise<TurnRecord[]> {
  const turns = bridge.app.get(TurnStore, { strict: false });
  const callId = await idOf(call);
  return waitUntil(`${count} turns to be recorded`, async () => {
    const found = await turns.after(callId, 0, 100);
    return found.length >= count && found;
  });
}
