import type { VoiceTurn } from '@parley/contracts';
import { newId } from '@parley/service-kit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { someCall, someRecord } from '../../../testing/a-call.js';
import { givenOrchestrator, someReceipt, someSms } from '../../../testing/orchestrator.js';
import { textTurnPolicy } from '../../../turns/text-turn-policy.js';
import { probeResult, ProbeTool, probeCall } from '../../../testing/probe-tool.js';
import { ScriptedModel, type ScriptedAnswer } from '../../../testing/scripted-model.js';
import { voicePrompt } from './voice-channel.js';
import { withPostgres } from '../../../testing/servers.js';

withPostgres();

const neverCancelled = new AbortController().signal;

/** Starts a call with an agent that may use the probe tool. */
async function givenCall(probe = new ProbeTool()) {
  const orchestrator = await givenOrchestrator({ allowed: ['probe'], more: [probe] });
  const speak = async (
    turn: VoiceTurn,
    answers: (ScriptedAnswer | (() => Promise<ScriptedAnswer>))[],
    cancelled: AbortSignal = neverCancelled,
  ) => {
    const left = [...answers];
    const model = new ScriptedModel(async () => {
      const answer = left.shift() ?? 'That was all.';
      return typeof answer === 'function' ? answer() : answer;
    });
    const aloud: string[] = [];
    const end = orchestrator
      .takeSpokenTurnWith(model)
      .execute(turn, cancelled, (text) => aloud.push(text))
      .then(({ finishReason }) => finishReason);
    return { end, aloud, model };
  };
  return { ...orchestrator, probe, speak };
}

describe('[S-10] a tool in a call', () => {
  it('in a call, the words before a tool call are passed on before the tool runs, and the model reads its result', async () => {
    const heardAtUse: string[] = [];
    const probe: ProbeTool = new ProbeTool(async (note) => {
      heardAtUse.push(...spoken.aloud);
      return probeResult(note);
    });
    const { speak, read } = await givenCall(probe);
    const turn = someCall().turn(1, 'Probe this, please');
    const going = Promise.withResolvers<void>();
    const spoken = await speak(turn, [
      async () => {
        await going.promise;
        return probeCall('this', 'One moment. ');
      },
      ' Done.',
    ]);
    going.resolve();
    expect(await spoken.end).toBe('complete');
    expect(heardAtUse).toEqual(['One moment. ']);
    expect(spoken.aloud).toEqual(['One moment. ', ' Done.']);
    expect(probe.used[0]!.scene).toMatchObject({
      turnId: turn.turnId,
      channel: voicePrompt,
      isContact: true,
    });
    expect(await read.steps()).toMatchObject([{ turn_id: turn.turnId, place: 0, result: 'probed this' }]);
  });

  it('a spoken turn that uses a tool and says nothing ends with the finish reason "no-reply"', async () => {
    const { speak } = await givenCall();
    const { end, aloud } = await speak(someCall().turn(1, 'Do it'), [probeCall('x'), ' ']);
    expect(await end).toBe('no-reply');
    expect(aloud).toEqual([]);
  });

  it('a second attempt of a spoken turn uses the result of the first and does not repeat the tool', async () => {
    const { speak, probe } = await givenCall();
    const call = someCall();
    const turn = call.turn(1, 'Do it');
    const firstIsOver = new AbortController();
    const asked = Promise.withResolvers<void>();
    const hangs = async () => {
      asked.resolve();
      return new Promise<ScriptedAnswer>(() => undefined);
    };
    const first = await speak(turn, [probeCall('first'), hangs], firstIsOver.signal);
    await asked.promise;
    const second = await speak({ ...turn, attempt: 2 }, ['Done.']);
    expect(await second.end).toBe('complete');
    expect(second.model.prompts[0]!.tools!.used).toMatchObject([
      { input: { note: 'first' }, result: 'probed first' },
    ]);
    expect(probe.used).toHaveLength(1);
    firstIsOver.abort();
    expect(await first.end).toBe('cancelled');
  });

  it('the effect of a tool happens once, even if two attempts of a turn call it with different arguments at the same time', async () => {
    const [started, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const effects: string[] = [];
    const probe = new ProbeTool(async (note) => {
      if (probe.used.length === 1) {
        started.resolve();
        await goOn.promise;
      }
      return { result: `did ${note}`, effect: async () => void effects.push(note) };
    });
    const { speak, read } = await givenCall(probe);
    const turn = someCall().turn(1, 'Do it');
    const first = await speak(turn, [probeCall('this'), 'Done.']);
    await started.promise;
    // The attempt number stays 1: this attempt began before the first had recorded a step.
    const second = await speak(turn, [probeCall('that'), 'Done, too.']);
    expect(await second.end).toBe('complete');
    goOn.resolve();
    expect(await first.end).toBe('complete');
    expect(probe.used.map(({ note }) => note)).toEqual(['this', 'this']);
    expect(new Set(probe.used.map(({ effectId }) => effectId)).size).toBe(1);
    expect(effects).toEqual(['this']);
    expect(second.model.prompts[1]!.tools!.used).toMatchObject([{ result: 'did this' }]);
    expect(await read.steps()).toHaveLength(1);
  });

  it('a speculative turn uses no tool', async () => {
    const { speak, probe, read } = await givenCall();
    const call = someCall();
    await (
      await speak(call.turn(1, 'Hello'), ['Hi.'])
    ).end;
    const guess = await speak(call.turn(2, 'Do it', { isSpeculative: true }), [probeCall('guess'), 'Done.']);
    await expect(guess.end).rejects.toMatchObject({ code: 'needs-confirmation', retryable: false });
    expect(guess.model.prompts[0]!.tools!.offered).toHaveLength(1);
    expect(probe.used).toEqual([]);
    expect(await read.steps()).toEqual([]);
    const certain = await speak(call.turn(2, 'Do it'), [probeCall('certain'), 'Done.']);
    expect(await certain.end).toBe('complete');
    expect(probe.used.map(({ note }) => note)).toEqual(['certain']);
  });

  it('no tool is used after the call’s end, or when another token holds the call’s lane', async () => {
    const { speak, probe, read, database } = await givenCall();
    const call = someCall();
    const over = await speak(call.turn(1, 'Do it'), [
      async () => {
        await database.rows(`UPDATE call SET state = 'ended'`);
        return probeCall('late');
      },
    ]);
    await expect(over.end).rejects.toMatchObject({ code: 'lane-lost' });
    const other = someCall();
    const lost = await speak(other.turn(1, 'Do it'), [
      async () => {
        await database.rows(
          `UPDATE lane SET lease_token = gen_random_uuid() FROM call WHERE call.lane_id = lane.id AND call.id = $1`,
          [other.callId],
        );
        return probeCall('stolen');
      },
    ]);
    await expect(lost.end).rejects.toMatchObject({ code: 'lane-lost' });
    expect(probe.used).toEqual([]);
    expect(await read.steps()).toEqual([]);
  });

  it('a spoken turn that is cancelled while its model writes uses no tool', async () => {
    const { speak, probe, read } = await givenCall();
    const interrupted = new AbortController();
    onTestFinished(() => interrupted.abort());
    const { end } = await speak(
      someCall().turn(1, 'Do it'),
      [
        async () => {
          interrupted.abort();
          return probeCall('unwanted');
        },
      ],
      interrupted.signal,
    );
    expect(await end).toBe('cancelled');
    expect(probe.used).toEqual([]);
    expect(await read.steps()).toEqual([]);
  });

  it('a text turn that used a tool and lost its process ends when a call answers its text', async () => {
    const { speak, receiveSms, claimTurns, takeTurnWith, read } = await givenCall();
    const threadId = newId('thr');
    const text = (words: string) => receiveSms(someSms({ threadId, text: words }), someReceipt());
    const testIsOver = new AbortController();
    onTestFinished(() => testIsOver.abort());
    await text('Do it');
    const { turns } = await claimTurns.execute(1);
    const dying = Promise.withResolvers<void>();
    const model = new ScriptedModel(async ({ tools }) => {
      if (tools!.used.length === 0) return probeCall('by text');
      dying.resolve();
      return new Promise<ScriptedAnswer>(() => undefined);
    });
    void takeTurnWith(model).execute(turns[0]!, testIsOver.signal);
    await dying.promise;
    await read.expireLeases();
    const call = someCall();
    await (
      await speak(call.turn(1, 'I texted you'), ['I have done it.'])
    ).end;
    const ledger = [someRecord(1, 'I texted you', 'I have done it.')];
    await (
      await speak(call.turn(2, 'Thanks', { ledger }), ['You are welcome.'])
    ).end;
    const lanes = await read.lanes();
    expect(lanes.find(({ kind }) => kind === 'text')).toMatchObject({ acted_seq: null, turn_id: null });
  });

  it('a tool in a call that takes too long is stopped, and the model answers without its result', async () => {
    const probe = new ProbeTool(() => new Promise(() => undefined));
    const { replies } = textTurnPolicy;
    const { takeSpokenTurnWith } = await givenOrchestrator({
      policy: { replies: { ...replies, spoken: { ...replies.spoken, toolTimeoutMs: 200 } } },
      allowed: ['probe'],
      more: [probe],
    });
    const model = new ScriptedModel(async ({ tools }) =>
      tools!.used.length === 0 ? probeCall('slow') : 'It takes a while.',
    );
    const aloud: string[] = [];
    await takeSpokenTurnWith(model).execute(someCall().turn(1, 'Do it'), neverCancelled, (text) =>
      aloud.push(text),
    );
    expect(aloud).toEqual(['It takes a while.']);
    expect(model.prompts[1]!.tools!.used[0]!.result).toContain('did not finish in time');
  });
});
