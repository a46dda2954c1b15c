import type { TurnRecord } from '@parley/contracts';
import type { CallId } from '@parley/kernel';
import { type SimulatedCall, waitUntil } from '@parley/local-stack';
import { someNumber } from '@parley/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NEUTRAL_AGENT } from '../agents/voice-agent.js';
import { TurnStore } from '../calls/turn-store.js';
import { RunningVoiceBridge } from '../testing/running-voice-bridge.js';
import { type AgentAnswer, ScriptedAgent } from '../testing/scripted-agent.js';

const { greeting } = NEUTRAL_AGENT.voice;
const NUMBERS = 'one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen';

/** Counts on request, does not answer "is anybody there", and repeats anything else. */
const answering: AgentAnswer = ({ said }) => {
  if (/count/i.test(said)) return [`${NUMBERS}.`];
  return /anybody there/i.test(said) ? undefined : ['You said ', `${said} `, 'to me.'];
};

/** The same calls with each interface of the recogniser. */
describe.each(['flux-general-en', 'nova-3'])('[V-01] [V-04] with the recogniser %s,', (model) => {
  let bridge: RunningVoiceBridge;
  let agent: ScriptedAgent;

  beforeAll(async () => {
    bridge = await RunningVoiceBridge.start({ DEEPGRAM_MODEL: model });
    agent = await ScriptedAgent.start(bridge.nats.url);
    agent.answer = answering;
    agent.acknowledges = ({ said, ledger }) => (said.includes('thing') ? 0 : (ledger.at(-1)?.turnNo ?? 0));
  });
  afterAll(async () => {
    await agent?.stop();
    await bridge?.stop();
  });

  it.concurrent('a caller hears a greeting and answers, and every turn is recorded', async () => {
    const call = await bridge.simulator.call(someNumber());
    await call.untilHeard(greeting);
    await call.say('hello there');
    await call.untilHeard('hello there to me.');
    await call.untilQuiet();
    await call.say('what time is it');
    await call.untilHeard('what time is it to me.');
    await call.untilQuiet();
    await call.command('hangup');

    const callId = await idOf(call);
    const turns = await recorded(callId, 3);
    expect(turns.map(({ turnNo }) => turnNo)).toEqual([1, 2, 3]);
    expect(turns.map(({ said }) => plain(said))).toEqual(['', 'hello there', 'what time is it']);
    expect(turns[0]?.reply).toMatchObject({ kind: 'greeting', text: greeting, heardText: greeting });
    for (const { reply, timings } of turns.slice(1)) {
      expect(reply?.cutBy).toBeUndefined();
      expect(reply?.heardText).toBe(reply?.text);
      const moments = ['speechEndAt', 'sttFinalAt', 'firstTokenAt', 'firstAudioAt', 'firstHeardAt'] as const;
      const times = moments.map((moment) => Date.parse(timings[moment] ?? ''));
      expect(times).toEqual(times.toSorted((one, other) => one - other));
      expect(times.every(Number.isFinite)).toBe(true);
    }
    expect(turns[1]?.counters).toMatchObject({ tokensUsed: 15, charactersSynthesised: expect.any(Number) });
    expect(turns[1]!.counters.sttMs).toBeGreaterThan(0);
    await waitUntil('the call to be over', async () => (await bridge.facts(callId)).length === 3);
    expect(await bridge.facts(callId)).toMatchObject([
      { state: 'initiated' },
      { state: 'answered' },
      { state: 'ended', reason: 'caller-hung-up', turnCount: 3 },
    ]);
    expect(await bridge.facts(callId, 'call.turn-completed')).toHaveLength(3);
    const underruns = await call.events('underrun');
    expect(underruns.filter(({ midWord }) => midWord)).toEqual([]);
    expect(await call.events('stream-error')).toEqual([]);
  });

  it.concurrent(
    '[V-02] an interruption stops the sound at once, and the record holds the words that were heard',
    async () => {
      const call = await bridge.simulator.call(someNumber());
      await call.untilHeard(greeting);
      await call.untilQuiet();
      await call.say('please count');
      await call.untilHeard('three four');
      await call.say('stop it now');
      await call.untilHeard('stop it now to me.');
      const [clear] = await call.events('clear', 1);
      expect(clear!['unplayedMs']).toBeGreaterThan(0);
      await call.command('hangup');

      const turns = await recorded(await idOf(call), 3);
      const cut = turns[1]?.reply;
      expect(cut).toMatchObject({ text: `${NUMBERS}.`, cutBy: 'barge-in' });
      const { words } = await call.heard();
      const whole = words.filter((word) => !word.cut && NUMBERS.split(' ').includes(word.text));
      const heard = cut!.heardText.split(' ').filter(Boolean);
      expect(heard).toEqual(NUMBERS.split(' ').slice(0, heard.length));
      // The transcript has no word that the caller did not hear; the last word may be missing.
      expect([whole.length, whole.length - 1]).toContain(heard.length);
      expect(heard.length).toBeLessThan(15);
    },
  );

  it.concurrent(
    'each turn request holds the ledger entries that were not acknowledged yet, in order',
    async () => {
      const call = await bridge.simulator.call(someNumber());
      await call.untilHeard(greeting);
      for (const said of ['first thing', 'second thing', 'third thing']) {
        await call.say(said);
        await call.untilHeard(`${said} to me.`);
        await call.untilQuiet();
      }
      await call.command('hangup');
      const callId = await idOf(call);
      const asked = agent.turns.filter((turn) => turn.callId === callId);
      expect(asked.map(({ ledger }) => ledger.map(({ turnNo }) => turnNo))).toEqual([[1], [1, 2], [1, 2, 3]]);
      expect(asked.map(({ turnNo, attempt }) => [turnNo, attempt])).toEqual([
        [2, 1],
        [3, 1],
        [4, 1],
      ]);
    },
  );

  it.concurrent('a caller whose agent does not answer hears an apology, after a second attempt', async () => {
    const call = await bridge.simulator.call(someNumber());
    await call.untilHeard(greeting);
    await call.say('is anybody there');
    await call.untilHeard(NEUTRAL_AGENT.voice.apology);
    const callId = await idOf(call);
    const asked = agent.turns.filter((turn) => turn.callId === callId);
    expect(asked.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(new Set(asked.map(({ turnId }) => turnId)).size).toBe(1);
    await call.command('hangup');
  });

  it('[V-02] a caller whose voice stream breaks during a reply hears an apology, and the record holds the words that were heard', async () => {
    await bridge.simulator.voice({ elevenlabs: { chunkMs: 250 } });
    const call = await bridge.simulator.call(someNumber());
    await call.untilHeard(greeting);
    await call.say('please count');
    await call.untilHeard('three four');
    await bridge.simulator.voice({ elevenlabs: { chunkMs: 0 } });
    await bridge.simulator.troubleVendor('elevenlabs', { action: 'close' });
    await call.untilHeard(NEUTRAL_AGENT.voice.apology);
    await call.command('hangup');

    const turns = await recorded(await idOf(call), 3);
    const { words } = await call.heard();
    const whole = words.filter((word) => !word.cut && NUMBERS.split(' ').includes(word.text));
    const heardText = NUMBERS.split(' ').slice(0, whole.length).join(' ');
    expect(whole.length).toBeLessThan(15);
    expect(turns.slice(1).map((turn) => turn.reply)).toMatchObject([
      { kind: 'answer', text: `${NUMBERS}.`, heardText, cutBy: 'failure' },
      { kind: 'apology' },
    ]);
  });

  it('a caller is answered while the open turn cannot be stored, and the turn is recorded afterwards', async () => {
    const call = await bridge.simulator.call(someNumber());
    await call.untilHeard(greeting);
    await bridge.whileLocked('call_open_turn', async () => {
      await call.say('can you hear me');
      await call.untilHeard('can you hear me to me.');
    });
    await call.command('hangup');
    const turns = await recorded(await idOf(call), 2);
    expect(turns.map(({ reply }) => reply?.kind)).toEqual(['greeting', 'answer']);
    await bridge.eventually(
      'no turn to be open',
      'SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM call_open_turn WHERE call_id = $1)',
      [await idOf(call)],
    );
  });

  async function idOf(call: SimulatedCall): Promise<CallId> {
    const [row] = await bridge.query<{ id: CallId }>('SELECT id FROM call WHERE call_sid = $1', [
      call.callSid,
    ]);
    return row!.id;
  }

  async function recorded(callId: CallId, count: number): Promise<TurnRecord[]> {
    const turns = bridge.app.get(TurnStore, { strict: false });
    const find = async () => {
      const found = await turns.after(callId, 0, 100);
      return found.length >= count && found;
    };
    return waitUntil(`${count} turns to be recorded`, find);
  }
});

/** Recognisers differ in case and punctuation. */
function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z ]/g, '');
}
