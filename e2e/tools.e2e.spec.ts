import type { SimulatedCall } from '@parley/local-stack';
import { RunningParley, someNumber } from '@parley/testing';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';

const GREETING = 'Hello, this is the test desk.';
const SENT = 'Successfully sent SMS to this person.';
const SENT_TO_CALLER = 'Successfully sent SMS to the caller.';
/** The number of an agent that has no tools. */
const TOOLLESS_LINE = '+15550100010';

let parley: RunningParley;

beforeAll(async () => {
  const voice = { greeting: GREETING, silenceMs: 120_000 };
  const agent = { callerIdTrust: 'always', voice } as const;
  parley = await RunningParley.start({
    model: 'simulated',
    voice: true,
    replicas: { 'agent-orchestrator': 2 },
    // Leases of 4.5 s expire when a process is killed; the quiet time of people is longer than a stall of this machine.
    recoveryTimeScale: 0.3,
    burstTimeScale: 3,
    agents: [
      { ...agent, key: 'desk', default: true, tools: ['send_sms'] },
      { ...agent, key: 'toolless', numbers: [TOOLLESS_LINE] },
    ],
    env: { LLM_TIMEOUT_MS: '60000' },
  });
  await parley.untilAgentsAreKnown();
});
afterAll(async () => parley?.stop());

/** Lets the model call `send_sms` with these words once, and then answer as `next` says. */
function textsThen(text: string, next: object, { asked, said }: { asked: string; said?: string }) {
  const toolCalls = [{ name: 'send_sms', arguments: { text } }];
  return parley.simulator.model({
    mode: 'fixed',
    ...(said && { text: said }),
    toolCalls,
    times: 1,
    next,
    asked,
  });
}

const says = (text: string, next?: object) => ({ mode: 'fixed', text, times: 1, ...(next && { next }) });
const hangs = (next: object) => ({ mode: 'hang', times: 1, next });

interface Asked {
  tools: string[];
  said: string[];
  /** The results of the tools. */
  results: string[];
  outcome: string;
}

/** Makes a person with a number of their own, and functions that read how Parley handled their words. */
function somebody() {
  const number = someNumber();
  const mark = randomBytes(6).toString('hex');
  const sent = (waitFor: number) =>
    parley.simulator.messages({
      to: number,
      direction: 'outbound',
      ...(waitFor > 0 ? { count: waitFor } : { waitMs: 0 }),
    });
  return {
    number,
    mark,
    /** Lets the model call `send_sms` with these words when it is asked about this person's words. */
    textsThen: (text: string, next: object, said?: string) =>
      textsThen(text, next, { asked: mark, ...(said && { said }) }),
    text: async (words: string, to = parley.line) => {
      const params = { ...parley.inboundParams({ from: number, body: `${words} ${mark}` }), To: to };
      expect((await parley.webhook(params)).status).toBe(200);
    },
    /** Returns the prompts about this person; waits for `count` prompts. */
    asked: (count = 0) => promptsWith(mark, count),
    /** Returns the texts that the phone received; waits for `count` texts. */
    texts: async (count = 0) => (await sent(count)).map(({ body }) => body),
    log: async () => parley.messagesIn((await parley.conversationOf(mark))!),
    /** Returns the tool calls in the person's conversation. */
    steps: async () =>
      parley.query(`SELECT step.* FROM orchestrator.turn_step AS step WHERE conversation_id = $1`, [
        await parley.conversationOf(mark),
      ]),
  };
}

async function promptsWith(words: string, count = 0): Promise<Asked[]> {
  const asked = await parley.simulator.prompts(words, count > 0 ? { count } : { waitMs: 0 });
  return asked.map(({ request, outcome }) => {
    const { messages, tools = [] } = request as typeof request & { tools?: { function: { name: string } }[] };
    const contents = (wanted: string) =>
      messages.filter(({ role }) => role === wanted).map(({ content }) => content);
    return {
      tools: tools.map((tool) => tool.function.name),
      said: contents('user'),
      results: contents('tool'),
      outcome,
    };
  });
}

/** Returns the process that has used a tool since this many lines were logged. */
async function toolUserSince(lines: number) {
  const logged = () => parley.logs.slice(lines).find(({ text }) => text.includes('Tool used'));
  await expect.poll(logged).toBeDefined();
  return parley.process('agent-orchestrator', logged()!.source.endsWith('#1') ? 1 : 0);
}

it.concurrent(
  '[S-10] a tool that the agent may not use is not offered, and not used when the model calls it',
  async () => {
    const ada = somebody();
    await ada.textsThen('You should not get this.', says('I cannot text you.'));
    await ada.text('Text me the code.', TOOLLESS_LINE);
    expect(await ada.texts(1)).toEqual(['I cannot text you.']);
    await parley.settled();
    expect(await ada.texts()).toHaveLength(1);
    expect(await ada.asked()).toMatchObject([
      { tools: [], results: [] },
      { tools: [], results: ['Nothing was done: there is no such tool.'] },
    ]);
    expect(await ada.steps()).toEqual([]);
  },
);

it.concurrent(
  '[S-10] send_sms sends a separate text before the reply, in the log and at the carrier',
  async (test) => {
    const ada = somebody();
    await ada.textsThen('Your code is 1234.', says('I have sent it.'));
    await ada.text('Text me the code.');
    expect(await ada.texts(2)).toEqual(['Your code is 1234.', 'I have sent it.']);
    await test.expect
      .poll(async () => (await ada.log()).map(({ author, status }) => `${author} ${status}`))
      .toEqual(['contact received', 'agent delivered', 'agent delivered']);
    expect(await ada.asked()).toMatchObject([{ tools: ['send_sms'] }, { results: [SENT] }]);
  },
);

it.concurrent('[S-13] send_sms sends nothing when a newer text has superseded the draft', async (test) => {
  const ada = somebody();
  await ada.textsThen('Too soon.', says('Now I know all.'));
  await ada.text('Text me the code.');
  await test.expect.poll(async () => (await ada.asked())[0]?.outcome).toBe('answered');
  await ada.text('No, do not.');
  expect(await ada.texts(1)).toEqual(['Now I know all.']);
  await parley.settled();
  expect(await ada.texts()).toHaveLength(1);
  expect(await ada.asked()).toMatchObject([{ results: [] }, { results: [] }]);
  const both = /^Text me the code\. \S+\n\nNo, do not\. \S+$/;
  expect((await ada.asked())[1]!.said).toEqual([expect.stringMatching(both)]);
});

it.concurrent('[S-13] a text after send_sms does not supersede the turn, and is answered next', async () => {
  const ada = somebody();
  await ada.textsThen('Your code is 1234.', { ...says('I have sent it.'), mode: 'delay', delayMs: 6_000 });
  await ada.text('Text me the code.');
  await ada.texts(1);
  await ada.text('And another thing.');
  const [tool, reply, next] = await ada.texts(3);
  expect([tool, reply]).toEqual(['Your code is 1234.', 'I have sent it.']);
  expect(next).toContain('And another thing.');
  await parley.settled();
  expect(await ada.texts()).toHaveLength(3);
  expect((await ada.asked()).map(({ said, outcome }) => [said.length, outcome])).toEqual([
    [1, 'answered'],
    [1, 'answered'],
    [2, 'answered'],
  ]);
});

it.concurrent(
  '[V-12] "text me that" in a call sends the text during the call, and texts continue the conversation',
  async () => {
    const ada = somebody();
    const call = await callFrom(ada.number);
    const asked = 'text me that';
    const said = 'One moment, I will text it.';
    await textsThen('It leaves at nine.', says('I have texted you.'), { asked, said });
    await call.say('Text me that please.');
    await call.untilHeard('I have texted you.');
    expect((await call.heard()).text).toContain('One moment, I will text it. I have texted you.');
    expect(await ada.texts(1)).toEqual(['It leaves at nine.']);
    expect((await parley.callView(call)).status).toBe('answered');
    expect(await promptsWith('leaves at nine')).toMatchObject([{ results: [SENT_TO_CALLER] }]);

    await call.say('Thank you very much.');
    await call.untilHeard('you said "Thank you very much."');
    await hungUp(call);
    await ada.text('Got it.');
    await ada.texts(2);
    const log = await ada.log();
    expect(log.map(({ channel, author, text }) => `${channel} ${author}: ${text}`)).toEqual(
      expect.arrayContaining([
        'sms agent: It leaves at nine.',
        'voice contact: Text me that please.',
        'voice agent: One moment, I will text it. I have texted you.',
        `sms contact: Got it. ${ada.mark}`,
      ]),
    );
    await parley.settled();
    expect(await ada.texts()).toHaveLength(2);
  },
);

it.concurrent('[V-12] send_sms sends nothing to a caller who opted out, and the agent says so', async () => {
  const ada = somebody();
  await parley.simulator.text({ from: ada.number, body: 'STOP' });
  const before = await ada.texts(1);
  const call = await callFrom(ada.number);
  await textsThen(`Your code is ${ada.mark}.`, says('You have opted out of texts.'), { asked: 'my code' });
  await call.say('Text me my code please.');
  await call.untilHeard('You have opted out of texts.');
  await hungUp(call);
  await parley.settled();
  expect(await ada.texts()).toEqual(before);
  expect((await ada.asked()).map(({ results }) => results)).toEqual([
    [expect.stringMatching(/^No SMS was sent: the caller has opted out/)],
  ]);
});

it('[S-10] send_sms sends one text although the process dies right after that: the next attempt reads the stored result', async () => {
  const ada = somebody();
  const before = parley.logs.length;
  await ada.textsThen('Your code is 1234.', hangs(says('I have sent it.')), 'One moment.');
  await ada.text('Text me the code.');
  expect(await ada.texts(1)).toEqual(['Your code is 1234.']);
  await ada.asked(2);
  await (await toolUserSince(before)).restart('kill');
  expect(await ada.texts(2)).toEqual(['Your code is 1234.', 'One moment.\nI have sent it.']);
  await parley.settled();
  expect(await ada.texts()).toHaveLength(2);
  expect((await ada.asked()).map(({ results }) => results)).toEqual([[], [SENT], [SENT]]);
  expect((await ada.log()).map(({ text }) => text)).toEqual([
    expect.stringContaining('Text me'),
    'Your code is 1234.',
    'One moment.\nI have sent it.',
  ]);
});

it('[V-12] send_sms in a call sends one text when the orchestrator dies: the second attempt reads the stored result', async () => {
  const ada = somebody();
  const call = await callFrom(ada.number);
  const words = `Your code is ${ada.mark}.`;
  const before = parley.logs.length;
  await textsThen(words, hangs(says('I have texted you.')), { asked: 'an offer' });
  await call.say('Text me an offer please.');
  await ada.asked(1);
  const dying = await toolUserSince(before);
  await dying.kill();
  await call.untilHeard('I have texted you.');
  await hungUp(call);
  await dying.start();
  await parley.settled();
  expect(await ada.texts()).toEqual([words]);
  expect((await ada.asked()).map(({ results }) => results)).toEqual([[SENT_TO_CALLER], [SENT_TO_CALLER]]);
});

/** Calls as a new person, and waits until the greeting is over. */
async function callFrom(number: string): Promise<SimulatedCall> {
  const call = await parley.simulator.call(number);
  await call.untilHeard(GREETING);
  await call.untilQuiet();
  return call;
}

async function hungUp(call: SimulatedCall): Promise<void> {
  await call.command('hangup');
  await parley.callViewWhenOver(call);
}
