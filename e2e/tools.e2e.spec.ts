import type { CallView, MessageView } from '@parley/contracts';
import { type SimulatedCall, waitUntil } from '@parley/local-stack';
import { RunningParley, someNumber } from '@parley/testing';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const GREETING = 'Hello, this is the test desk.';
const SENT = 'Successfully sent SMS to this person.';
const SENT_TO_CALLER = 'Successfully sent SMS to the caller.';

const folder = mkdtempSync(join(tmpdir(), 'parley-agents-'));
let parley: RunningParley;

/** The agent may use these tools from the next migration on. */
function allow(...tools: string[]): void {
  const agent = {
    key: 'desk',
    name: 'Desk',
    systemPrompt: 'desk.md',
    default: true,
    callerIdTrust: 'always',
    tools,
    voice: { greeting: GREETING, silenceMs: 120_000 },
  };
  writeFileSync(join(folder, 'desk.md'), 'You are the desk.');
  writeFileSync(join(folder, 'agents.json'), JSON.stringify({ agents: [agent] }));
}

beforeAll(async () => {
  allow();
  parley = await RunningParley.start({
    model: 'simulated',
    voice: true,
    replicas: { 'agent-orchestrator': 2 },
    // Leases of 4.5 s run out where a process is killed, and people are waited for longer than this machine stalls.
    recoveryTimeScale: 0.3,
    burstTimeScale: 3,
    env: { AGENTS_FILE: join(folder, 'agents.json'), LLM_TIMEOUT_MS: '60000' },
  });
  const known = async () => (await parley.query('SELECT 1 FROM voice.agent')).length === 1;
  await waitUntil('the agents to be known', known);
});
afterAll(async () => {
  await parley?.stop();
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => parley.simulator.model({ mode: 'echo' }));

/** The model asks for a text with these words, once, and then does as `next` says. */
function textsThen(text: string, next: object, said?: string) {
  const toolCalls = [{ name: 'send_sms', arguments: { text } }];
  return parley.simulator.model({ mode: 'fixed', ...(said && { text: said }), toolCalls, times: 1, next });
}

const says = (text: string, next?: object) => ({ mode: 'fixed', text, times: 1, ...(next && { next }) });
const hangs = (next: object) => ({ mode: 'hang', times: 1, next });

interface Asked {
  tools: string[];
  said: string[];
  /** What came of tools. */
  results: string[];
  outcome: string;
}

/** A person with a number of their own, and what became of what they said. */
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
    text: async (words: string) => {
      const answer = await parley.webhook(parley.inboundParams({ from: number, body: `${words} ${mark}` }));
      expect(answer.status).toBe(200);
    },
    /** Each time the model was asked; waits for `count` times. */
    asked: (count = 0) => promptsWith(mark, count),
    /** What the phone got; waits for `count` texts. */
    texts: async (count = 0) => (await sent(count)).map(({ body }) => body),
    log: async (): Promise<MessageView[]> => {
      const [found] = await parley.query<{ id: string }>(
        `SELECT conversation_id AS id FROM orchestrator.message WHERE text LIKE '%' || $1 LIMIT 1`,
        [mark],
      );
      const path = `/v1/conversations/${found!.id}/messages?limit=200`;
      return (await parley.api<{ data: MessageView[] }>(path)).body.data;
    },
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

const steps = () => parley.query<{ result: string | null }>('SELECT result FROM orchestrator.turn_step');

/** The process that used a tool since this many lines were logged. */
async function toolUserSince(lines: number) {
  const logged = () => parley.logs.slice(lines).find(({ text }) => text.includes('a tool was used'));
  await expect.poll(logged).toBeDefined();
  return parley.process('agent-orchestrator', logged()!.source.endsWith('#1') ? 1 : 0);
}

describe('[S-10] a tool that the agent is not given', () => {
  it('is not offered, and not used when the model names it all the same', async () => {
    const ada = somebody();
    await textsThen('You should not get this.', says('I cannot text you.'));
    await ada.text('Text me the code.');
    expect(await ada.texts(1)).toEqual(['I cannot text you.']);
    await parley.settled();
    expect(await ada.texts()).toHaveLength(1);
    expect(await ada.asked()).toMatchObject([
      { tools: [], results: [] },
      { tools: [], results: ['Nothing was done: there is no such tool.'] },
    ]);
    expect(await steps()).toEqual([]);
    allow('send_sms');
    await parley.migrate();
  });
});

describe('[S-10] send_sms in a turn of texts', () => {
  it('is a text of its own, before the reply, in the log and at the carrier', async () => {
    const ada = somebody();
    await textsThen('Your code is 1234.', says('I have sent it.'));
    await ada.text('Text me the code.');
    expect(await ada.texts(2)).toEqual(['Your code is 1234.', 'I have sent it.']);
    await expect
      .poll(async () => (await ada.log()).map(({ author, status }) => `${author} ${status}`))
      .toEqual(['contact received', 'agent delivered', 'agent delivered']);
    expect(await ada.asked()).toMatchObject([{ tools: ['send_sms'] }, { results: [SENT] }]);
  });

  it('is not sent again when the process dies right after it: the next attempt reads what came of it', async () => {
    const ada = somebody();
    const before = parley.logs.length;
    await textsThen('Your code is 1234.', hangs(says('I have sent it.')), 'One moment.');
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

  it('[S-13] is not sent when a newer text came in before, which drops the draft', async () => {
    const ada = somebody();
    await textsThen('Too soon.', says('Now I know all.'));
    await ada.text('Text me the code.');
    await expect.poll(async () => (await ada.asked())[0]?.outcome).toBe('answered');
    await ada.text('No, do not.');
    expect(await ada.texts(1)).toEqual(['Now I know all.']);
    await parley.settled();
    expect(await ada.texts()).toHaveLength(1);
    expect(await ada.asked()).toMatchObject([{ results: [] }, { results: [] }]);
    const both = /^Text me the code\. \S+\n\nNo, do not\. \S+$/;
    expect((await ada.asked())[1]!.said).toEqual([expect.stringMatching(both)]);
  });

  it('[S-13] has the turn ended as it is when a newer text comes in after it, which is answered next', async () => {
    const ada = somebody();
    await textsThen('Your code is 1234.', { ...says('I have sent it.'), mode: 'delay', delayMs: 6_000 });
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
});

describe('[V-12] "text me that" in a call', () => {
  it('has the text arrive while the call goes on, and the agent say so; the conversation goes on by text', async () => {
    const ada = somebody();
    const call = await callFrom(ada.number);
    await textsThen('It leaves at nine.', says('I have texted you.'), 'One moment, I will text it.');
    await call.say('Text me that please.');
    await call.untilHeard('I have texted you.');
    expect((await call.heard()).text).toContain('One moment, I will text it. I have texted you.');
    expect(await ada.texts(1)).toEqual(['It leaves at nine.']);
    expect((await newestCall()).status).toBe('answered');
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
  });

  it('is sent once when the orchestrator dies: the second attempt of the turn says what came of it', async () => {
    const ada = somebody();
    const call = await callFrom(ada.number);
    const words = `Your code is ${ada.mark}.`;
    const before = parley.logs.length;
    await textsThen(words, hangs(says('I have texted you.')));
    await call.say('Text me that please.');
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

  it('is refused to somebody who opted out, and said so; nothing is sent', async () => {
    const ada = somebody();
    await parley.simulator.text({ from: ada.number, body: 'STOP' });
    await parley.settled();
    const before = await ada.texts();
    const call = await callFrom(ada.number);
    await textsThen(`Your code is ${ada.mark}.`, says('You have opted out of texts.'));
    await call.say('Text me that please.');
    await call.untilHeard('You have opted out of texts.');
    await hungUp(call);
    await parley.settled();
    expect(await ada.texts()).toEqual(before);
    expect((await ada.asked()).map(({ results }) => results)).toEqual([
      [expect.stringMatching(/^No SMS was sent: the caller has opted out/)],
    ]);
  });
});

describe('[V-12] the demo agent in a call', () => {
  let demo: RunningParley;
  beforeAll(async () => {
    demo = await RunningParley.start({ voice: true });
    const known = async () => (await demo.query('SELECT 1 FROM voice.agent')).length === 1;
    await waitUntil('the agents to be known', known);
  });
  afterAll(async () => demo?.stop());

  it('texts what it said last, when it is asked to', async () => {
    const number = someNumber();
    const call = await demo.simulator.call(number);
    await call.untilHeard('something to remember.');
    await call.untilQuiet();
    await call.say('My name is Ada.');
    await call.untilHeard('Nice to meet you, Ada.');
    await call.untilQuiet();
    await call.say('Text me that please.');
    await call.untilHeard('I have texted you.');
    expect(await demo.simulator.repliesTo(number, 1)).toEqual(['Nice to meet you, Ada.']);
    await call.act('hangup');
  });
});

/** Somebody calls, and the greeting is over. */
async function callFrom(number: string): Promise<SimulatedCall> {
  const call = await parley.simulator.call(number);
  await call.untilHeard(GREETING);
  await call.untilQuiet();
  return call;
}

async function newestCall(): Promise<CallView> {
  return (await parley.api<{ data: CallView[] }>('/v1/calls?limit=1')).body.data[0]!;
}

async function hungUp(call: SimulatedCall): Promise<void> {
  await call.act('hangup');
  await expect.poll(async () => (await newestCall()).status).toBe('ended');
}
