import { MAX_REPLY_CHARS } from '@parley/dialogue';
import { describe, expect, it } from 'vitest';
import { ProbeTool, probeCall } from '../testing/probe-tool.js';
import { textReplyPolicy } from './reply-policy.js';
import { givenProbingAgent, script } from '../testing/probing-agent.js';
import { textTurnPolicy } from '../turns/text-turn-policy.js';
import { withPostgres } from '../testing/servers.js';

withPostgres();

describe('[S-10] tool calls', () => {
  it('a tool that an agent may not use is not offered, and a call to it is refused', async () => {
    const { take, probe, read, says } = await givenProbingAgent({ allowed: [] });
    const model = script(probeCall('anyway'), 'I cannot.');
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
    ['has an invalid argument', { note: 'x'.repeat(41) }],
    ['has an unknown argument', { note: 'x', to: '+15550100009' }],
    ['is not JSON', '{"note'],
  ])('a tool call that %s is refused', async (_, input) => {
    const { take, probe, read } = await givenProbingAgent();
    const model = script({ calls: [{ tool: 'probe', input }] }, 'Pardon?');
    expect(await take(model)).toBe('replied');
    expect(model.prompts[1]!.tools!.used[0]!.result).toMatch(/^Nothing was done: /);
    expect(probe.used).toEqual([]);
    expect(await read.steps()).toEqual([]);
  });

  it('a tool call with too long arguments is refused, and the next prompt does not contain the arguments', async () => {
    const { take, probe, read } = await givenProbingAgent();
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

  it('the tool calls of one answer run in order, even with a NUL or half a surrogate pair in their arguments', async () => {
    const { take, read } = await givenProbingAgent();
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

  it('a turn may use four tools; if the model then calls another instead of answering, the agent apologises', async () => {
    const { take, probe } = await givenProbingAgent();
    const greedy = script(probeCall('more'));
    expect(await take(greedy)).toBe('apologised');
    expect(probe.used).toHaveLength(textReplyPolicy.maxToolSteps);
    expect(greedy.prompts.map(({ tools }) => tools!.isOver)).toEqual([false, false, false, false, true]);
  });

  it('the model reads in a tool’s result that the tool failed or took too long', async () => {
    const probe = new ProbeTool(async (note) => {
      if (note === 'fails') throw new Error('it broke');
      return new Promise(() => undefined);
    });
    const { take, says } = await givenProbingAgent({
      probe,
      policy: { replies: { ...textTurnPolicy.replies, text: { ...textReplyPolicy, toolTimeoutMs: 200 } } },
    });
    const model = script(probeCall('fails'), probeCall('hangs'), 'So be it.');
    expect(await take(model)).toBe('replied');
    expect(model.prompts[2]!.tools!.used.map(({ result }) => result)).toEqual([
      'The tool failed. It is not known whether it took effect.',
      'The tool did not finish in time. It is not known whether it took effect.',
    ]);
    expect(await says()).toEqual(['inbound: Hello', 'answer: So be it.']);
  });

  it('after a tool’s use the model may choose silence, and the joined texts of a reply are cut at the length limit', async () => {
    const { take, read, text } = await givenProbingAgent();
    expect(await take(script(probeCall('x'), 'OK'))).toBe('no-reply');
    await text('Again');
    await take(script(probeCall('x', 'a '.repeat(MAX_REPLY_CHARS / 2)), 'b '.repeat(100)));
    expect((await read.messages()).at(-1)!.text.length).toBeLessThanOrEqual(MAX_REPLY_CHARS);
  });
});
