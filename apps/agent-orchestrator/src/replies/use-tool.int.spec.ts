import { describe, expect, it } from 'vitest';
import { threadId } from '../testing/orchestrator.js';
import { probeResult, ProbeTool, probeCall } from '../testing/probe-tool.js';
import { type ScriptedAnswer } from '../testing/scripted-model.js';
import { smsPrompt } from '../channels/sms/sms-channel.js';
import { givenProbingAgent, script } from '../testing/probing-agent.js';
import { withPostgres } from '../testing/servers.js';

withPostgres();

describe('[S-10] a tool in a text turn', () => {
  it('a tool’s use is recorded before the tool runs, and the model is asked again with its result', async () => {
    let notedAtUse: unknown;
    const probe: ProbeTool = new ProbeTool(async (note) => {
      notedAtUse = await orchestrator.read.steps();
      return probeResult(note);
    });
    const orchestrator = await givenProbingAgent({ probe });
    const model = script(probeCall('this', 'One moment. '), 'Done.');
    const turn = await orchestrator.claim();
    expect(await orchestrator.take(model, turn)).toBe('replied');
    expect(await orchestrator.says()).toEqual(['inbound: Hello', 'answer: One moment.\nDone.']);
    const step = { turn_id: turn.turnId, place: 0, tool: 'probe', effect_id: probe.used[0]!.effectId };
    expect(notedAtUse).toEqual([{ ...step, result: null }]);
    expect(await orchestrator.read.steps()).toEqual([{ ...step, result: 'probed this' }]);
    expect(model.prompts.map(({ tools }) => tools?.used)).toEqual([
      [],
      [
        {
          id: 'call-1-0',
          tool: 'probe',
          input: { note: 'this' },
          said: 'One moment. ',
          result: 'probed this',
        },
      ],
    ]);
    expect(model.prompts[0]!.tools!.offered).toMatchObject([
      { name: 'probe', description: 'Probes.', inputSchema: { properties: { note: { type: 'string' } } } },
    ]);
    expect(await orchestrator.read.lanes()).toMatchObject([
      { acted_seq: null, turn_id: null, answered_seq: 1 },
    ]);
  });

  it('a tool gets the ids of its turn from the orchestrator, not from the model', async () => {
    const { take, probe, claim } = await givenProbingAgent();
    const { turnId, conversationId, laneId, ...turn } = await claim();
    await take(script(probeCall('x'), 'Done.'), { turnId, conversationId, laneId, ...turn });
    expect(probe.used[0]!.scene).toMatchObject({
      turnId,
      conversationId,
      laneId,
      threadId,
      channel: smsPrompt,
      isContact: true,
    });
  });

  it('after a crash, the next attempt reads the stored result of a tool and does not repeat it', async () => {
    const { take, dieIn, claim, read, probe, says } = await givenProbingAgent();
    const dying = Promise.withResolvers<void>();
    dieIn(
      script(probeCall('once', 'Wait.'), async () => {
        dying.resolve();
        return new Promise<ScriptedAnswer>(() => undefined);
      }),
    );
    await dying.promise;
    await read.expireLeases();
    const again = await claim();
    expect(again).toMatchObject({ attempt: 2, hasUsedTool: true });
    const model = script('All done.');
    expect(await take(model, again)).toBe('replied');
    expect(probe.used).toHaveLength(1);
    expect(model.prompts[0]!.tools!.used).toMatchObject([
      { id: 'call-1-0', input: { note: 'once' }, said: 'Wait.', result: 'probed once' },
    ]);
    expect(await says()).toEqual(['inbound: Hello', 'answer: Wait.\nAll done.']);
  });

  it('after a crash during a tool, the next attempt repeats the tool under the same effect id before it asks the model', async () => {
    const started = Promise.withResolvers<void>();
    let isFirst = true;
    const probe = new ProbeTool(async (note) => {
      if (!isFirst) return probeResult(note);
      isFirst = false;
      started.resolve();
      return new Promise(() => undefined);
    });
    const { take, dieIn, read, says } = await givenProbingAgent({ probe });
    dieIn(script(probeCall('twice')));
    await started.promise;
    await read.expireLeases();
    const model = script('Done.');
    expect(await take(model)).toBe('replied');
    expect(probe.used.map(({ note }) => note)).toEqual(['twice', 'twice']);
    expect(probe.used[1]!.effectId).toBe(probe.used[0]!.effectId);
    expect(model.prompts).toHaveLength(1);
    expect(model.prompts[0]!.tools!.used).toMatchObject([{ result: 'probed twice' }]);
    expect(await says()).toEqual(['inbound: Hello', 'answer: Done.']);
  });

  it('an attempt that lost its lease while its tool ran does not change the tool’s stored result', async () => {
    const [started, thaw] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let uses = 0;
    const effects: string[] = [];
    const probe = new ProbeTool(async () => {
      const name = `use ${++uses}`;
      if (name === 'use 1') {
        started.resolve();
        await thaw.promise;
      }
      return { result: name, effect: async () => void effects.push(name) };
    });
    const { take, read } = await givenProbingAgent({ probe });
    const frozenModel = script(probeCall('x'), 'I am late.');
    const frozen = take(frozenModel);
    await started.promise;
    await read.expireLeases();
    expect(await take(script('Done.'))).toBe('replied');
    thaw.resolve();
    expect(await frozen).toBe('lease-lost');
    expect(effects).toEqual(['use 2']);
    expect(frozenModel.prompts.at(-1)!.tools!.used).toMatchObject([{ result: 'use 2' }]);
    expect(await read.steps()).toMatchObject([{ result: 'use 2' }]);
  });

  it('an attempt that lost its lease uses no tool', async () => {
    const { take, claim, read, probe } = await givenProbingAgent();
    const model = script(async () => {
      await read.expireLeases();
      await claim();
      return probeCall('stolen');
    });
    expect(await take(model)).toBe('lease-lost');
    expect(probe.used).toEqual([]);
    expect(await read.steps()).toEqual([]);
  });

  it('a turn uses no tool once an operator has taken over the lane', async () => {
    const { take, database, read, probe } = await givenProbingAgent();
    const model = script(async () => {
      await database.rows(`UPDATE lane SET control = 'human'`);
      return probeCall('mine');
    });
    await take(model);
    expect(probe.used).toEqual([]);
    expect(await read.steps()).toEqual([]);
  });
});
