import { MAX_ANSWER_CHARS } from '@parley/dialogue';
import { waitUntil, type LocalPostgres } from '@parley/local-stack';
import { newId } from '@parley/service-kit';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { deferred } from '../testing/deferred.js';
import {
  givenOrchestrator,
  postgresForTests,
  quietAfter,
  someDelivery,
  someSms,
} from '../testing/orchestrator.js';
import { probed, ProbeTool, probing } from '../testing/probe-tool.js';
import { ScriptedModel, type Scripted, textsIn } from '../testing/scripted-model.js';
import type { Claim } from '../turns/lanes.js';
import { textTurnPolicy, type TextTurnPolicy } from '../turns/text-turn-policy.js';
import { smsPrompt } from '../channels/sms/sms-channel.js';
import { textReplyPolicy } from './reply-policy.js';

let postgres: LocalPostgres;
let stop: () => Promise<void>;
beforeAll(async () => {
  ({ postgres, stop } = await postgresForTests());
});
afterAll(() => stop());

const never = new AbortController().signal;
const threadId = newId('thr');

/** Answers are given one after the other; the last again and again. */
function script(...answers: (Scripted | (() => Promise<Scripted>))[]) {
  let asked = 0;
  return new ScriptedModel(async () => {
    const answer = answers[Math.min(asked++, answers.length - 1)]!;
    return typeof answer === 'function' ? answer() : answer;
  });
}

/** A person texted an agent that may probe. */
async function givenText({
  probe = new ProbeTool(),
  allowed = ['probe'],
  policy = {},
}: {
  probe?: ProbeTool;
  allowed?: string[];
  policy?: Partial<TextTurnPolicy>;
} = {}) {
  const orchestrator = await givenOrchestrator(postgres, { policy, allowed, more: [probe] });
  const text = (words: string) => orchestrator.receiveSms(someSms({ threadId, text: words }), someDelivery());
  const claim = async (): Promise<Claim> => (await orchestrator.claimTurns.execute(16)).turns[0]!;
  const take = async (model: ScriptedModel, turn?: Claim) =>
    orchestrator.takeTurnWith(model).execute(turn ?? (await claim()), never);
  /** An attempt whose process dies: it gets no further than where it hangs. */
  const dieIn = (model: ScriptedModel): void => {
    const testIsOver = new AbortController();
    onTestFinished(() => testIsOver.abort());
    void claim().then((turn) => orchestrator.takeTurnWith(model).execute(turn, testIsOver.signal));
  };
  const says = async () => (await orchestrator.read.messages()).map(({ kind, text: t }) => `${kind}: ${t}`);
  await text('Hello');
  return { ...orchestrator, probe, text, claim, take, dieIn, says };
}

describe('[S-10] a tool in a turn of texts', () => {
  it('is written down before it is used, and what came of it is asked on with', async () => {
    let notedAtUse: unknown;
    const probe: ProbeTool = new ProbeTool(async (note) => {
      notedAtUse = await orchestrator.read.steps();
      return probed(note);
    });
    const orchestrator = await givenText({ probe });
    const model = script(probing('this', 'One moment. '), 'Done.');
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

  it('knows its turn from us', async () => {
    const { take, probe, claim } = await givenText();
    const { turnId, conversationId, laneId, ...turn } = await claim();
    await take(script(probing('x'), 'Done.'), { turnId, conversationId, laneId, ...turn });
    expect(probe.used[0]!.scene).toMatchObject({
      turnId,
      conversationId,
      laneId,
      threadId,
      channel: smsPrompt,
      isContact: true,
    });
  });

  it('that was used before the process died is not used again: its result is what the next attempt reads', async () => {
    const { take, dieIn, claim, read, probe, says } = await givenText();
    const dying = deferred();
    dieIn(
      script(probing('once', 'Wait.'), async () => {
        dying.resolve();
        return new Promise<Scripted>(() => undefined);
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

  it('that was under way when the process died is used again, under the same id, before the model is asked', async () => {
    const started = deferred();
    let isFirst = true;
    const probe = new ProbeTool(async (note) => {
      if (!isFirst) return probed(note);
      isFirst = false;
      started.resolve();
      return new Promise(() => undefined);
    });
    const { take, dieIn, read, says } = await givenText({ probe });
    dieIn(script(probing('twice')));
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

  it('has one outcome, whoever comes first: what a frozen attempt wakes up with has no effect', async () => {
    const [started, thaw] = [deferred(), deferred()];
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
    const { take, read } = await givenText({ probe });
    const frozenModel = script(probing('x'), 'I am late.');
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

  it('is not used by one whose lease was taken over', async () => {
    const { take, claim, read, probe } = await givenText();
    const model = script(async () => {
      await read.expireLeases();
      await claim();
      return probing('stolen');
    });
    expect(await take(model)).toBe('lease-lost');
    expect(probe.used).toEqual([]);
    expect(await read.steps()).toEqual([]);
  });

  it('is not used once a person took over', async () => {
    const { take, database, read, probe } = await givenText();
    const model = script(async () => {
      await database.rows(`UPDATE lane SET control = 'human'`);
      return probing('mine');
    });
    await take(model);
    expect(probe.used).toEqual([]);
    expect(await read.steps()).toEqual([]);
  });
});

describe('[S-13] a newer text', () => {
  it('before a tool was used: the draft is dropped, and nothing was done', async () => {
    const { take, text, read, probe, says } = await givenText();
    const model = script(async () => {
      await text('And another');
      return probing('too soon');
    });
    expect(await take(model)).toBe('superseded');
    expect(probe.used).toEqual([]);
    expect(await read.steps()).toEqual([]);
    const anew = script('Both.');
    expect(await take(anew)).toBe('replied');
    expect(textsIn(anew.prompts[0]!)).toEqual(['Hello', 'And another']);
    expect(await says()).toEqual(['inbound: Hello', 'inbound: And another', 'answer: Both.']);
  });

  it('is waited for before a tool is used', async () => {
    const quietMs = 1_500;
    const { take, database } = await givenText({
      policy: { bursts: { ...textTurnPolicy.bursts, quietTimeScale: quietAfter(quietMs) } },
    });
    expect(await take(script(probing('patiently'), 'Done.'))).toBe('replied');
    const [waited] = await database.rows<{ ms: number }>(
      `SELECT (extract(epoch FROM step.created_at - message.created_at) * 1000)::float8 AS ms
       FROM turn_step AS step, message WHERE message.seq = 1`,
    );
    expect(waited!.ms).toBeGreaterThanOrEqual(quietMs - 5);
  });

  it('after a tool was used supersedes nothing: the reply is said, and the newer text answered after it', async () => {
    const { take, text, probe, says, read } = await givenText();
    const model = script(probing('done'), async () => {
      await text('And another');
      return 'Done.';
    });
    expect(await take(model)).toBe('replied');
    expect(await says()).toEqual(['inbound: Hello', 'inbound: And another', 'answer: Done.']);
    expect(await read.lanes()).toMatchObject([{ answered_seq: 1, last_inbound_seq: 2, acted_seq: null }]);
    expect(await take(script('Yes?'))).toBe('replied');
    expect(probe.used).toHaveLength(1);
  });

  it('after a tool was used does not end the call of the model, in whichever replica it comes in', async () => {
    const { text, probe, says, read, dueTurnsWith, anotherReplica } = await givenText();
    const other = await anotherReplica();
    const [asked, answer] = [deferred(), deferred()];
    const model = script(
      probing('done'),
      async () => {
        asked.resolve();
        await answer.promise;
        return 'Done.';
      },
      'Yes?',
    );
    onTestFinished(dueTurnsWith(model).stop);
    await asked.promise;
    await text('Here');
    await other.receiveSms(someSms({ threadId, text: 'There' }), someDelivery());
    answer.resolve();
    await waitUntil('both replies', async () => (await read.count('message')) === 5);
    expect(probe.used).toHaveLength(1);
    expect(model.prompts).toHaveLength(3);
    expect(await says()).toEqual([
      'inbound: Hello',
      'inbound: Here',
      'inbound: There',
      'answer: Done.',
      'answer: Yes?',
    ]);
  });

  it('after a tool was used and the process died is not read by the next attempt either', async () => {
    const { take, dieIn, text, claim, read, says } = await givenText();
    const dying = deferred();
    dieIn(
      script(probing('once'), async () => {
        dying.resolve();
        return new Promise<Scripted>(() => undefined);
      }),
    );
    await dying.promise;
    await text('And another');
    await read.expireLeases();
    const again = await claim();
    expect(again.readSeq).toBe(1);
    const model = script('Done.');
    expect(await take(model, again)).toBe('replied');
    expect(model.prompts[0]!.messages.map(({ text: t }) => t)).toEqual(['Hello']);
    expect(await take(script('And yes.'))).toBe('replied');
    expect(await says()).toEqual([
      'inbound: Hello',
      'inbound: And another',
      'answer: Done.',
      'answer: And yes.',
    ]);
  });
});

describe('[S-10] what a model asks for', () => {
  it('is not done when its agent may not: the tool is not offered, and the model is told', async () => {
    const { take, probe, read, says } = await givenText({ allowed: [] });
    const model = script(probing('anyway'), 'I cannot.');
    expect(await take(model)).toBe('replied');
    expect(model.prompts[0]!.tools).toBeUndefined();
    expect(model.prompts[1]!.tools).toMatchObject({
      offered: [],
      used: [{ tool: 'probe', result: 'Nothing was done: there is no such tool.' }],
    });
    expect(probe.used).toEqual([]);
    expect(await read.steps()).toEqual([]);
    expect(await says()).toEqual(['inbound: Hello', 'answer: I cannot.']);
  });

  it.each([
    ['is not what the tool takes', { note: 'x'.repeat(41) }],
    ['names what the tool does not take', { note: 'x', to: '+15550100009' }],
    ['is not JSON', '{"note'],
  ])('is not done when it %s', async (_, input) => {
    const { take, probe, read } = await givenText();
    const model = script({ calls: [{ tool: 'probe', input }] }, 'Pardon?');
    expect(await take(model)).toBe('replied');
    expect(model.prompts[1]!.tools!.used[0]!.result).toMatch(/^Nothing was done: /);
    expect(probe.used).toEqual([]);
    expect(await read.steps()).toEqual([]);
  });

  it('is not done with arguments without end, which do not go back to it either', async () => {
    const { take, probe, read } = await givenText();
    const input = { note: 'x'.repeat(5_000_000) };
    const model = script({ calls: ['probe', 'unheard_of'].map((tool) => ({ tool, input })) }, 'Pardon?');
    expect(await take(model)).toBe('replied');
    expect(model.prompts[1]!.tools!.used).toMatchObject([
      { input: {}, result: 'Nothing was done: the arguments are longer than 16000 characters.' },
      { input: {}, result: 'Nothing was done: there is no such tool.' },
    ]);
    expect(probe.used).toEqual([]);
    expect(await read.steps()).toEqual([]);
  });

  it('may be several things at once, in their order, whatever characters they hold', async () => {
    const { take, read } = await givenText();
    const [first, second] = ['a\u0000b', 'c\uD83D'];
    const model = script(
      { text: 'Two. ', calls: [first, second].map((note) => ({ tool: 'probe', input: { note } })) },
      'OK',
    );
    expect(await take(model)).toBe('replied');
    expect(model.prompts[1]!.tools!.used.map(({ said, result }) => [said, result])).toEqual([
      ['Two. ', `probed ${first}`],
      ['', `probed ${second}`],
    ]);
    expect((await read.steps()).map(({ place, result }) => [place, result])).toEqual([
      [0, 'probed ab'],
      [1, 'probed c\uFFFD'],
    ]);
  });

  it('is bounded: after its share a turn is to answer, and fails if it does not', async () => {
    const { take, probe } = await givenText();
    const greedy = script(probing('more'));
    expect(await take(greedy)).toBe('apologised');
    expect(probe.used).toHaveLength(textReplyPolicy.maxToolSteps);
    expect(greedy.prompts.map(({ tools }) => tools!.isOver)).toEqual([false, false, false, false, true]);
  });

  it('that goes wrong is a result, as is what takes too long', async () => {
    const probe = new ProbeTool(async (note) => {
      if (note === 'fails') throw new Error('it broke');
      return new Promise(() => undefined);
    });
    const { take, says } = await givenText({
      probe,
      policy: { replies: { ...textTurnPolicy.replies, text: { ...textReplyPolicy, toolTimeoutMs: 200 } } },
    });
    const model = script(probing('fails'), probing('hangs'), 'So be it.');
    expect(await take(model)).toBe('replied');
    expect(model.prompts[2]!.tools!.used.map(({ result }) => result)).toEqual([
      'The tool failed. It is not known whether it took effect.',
      'The tool did not finish in time. It is not known whether it took effect.',
    ]);
    expect(await says()).toEqual(['inbound: Hello', 'answer: So be it.']);
  });

  it('may be nothing more to say, and an answer is never longer than can be said', async () => {
    const { take, read, text } = await givenText();
    expect(await take(script(probing('x'), 'OK'))).toBe('no-reply');
    await text('Again');
    await take(script(probing('x', 'a '.repeat(MAX_ANSWER_CHARS / 2)), 'b '.repeat(100)));
    expect((await read.messages()).at(-1)!.text.length).toBeLessThanOrEqual(MAX_ANSWER_CHARS);
  });
});
