import { connect } from '@nats-io/transport-node';
import { ListAgents, rpcSubjectOf } from '@parley/contracts';
import type { SimulatedCall } from '@parley/local-stack';
import { RunningParley, someNumber, type TestAgent } from '@parley/testing';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';

const DEFAULT_LINE = '+15550100000';
const SALES = '+15550100010';
const SUPPORT = '+15550100020';
const NOBODYS = '+15550100030';
const AGENT_OF_NUMBER = [
  [SALES, 'sales'],
  [SUPPORT, 'support'],
  [NOBODYS, 'demo'],
] as const;

let parley: RunningParley;

beforeAll(async () => {
  parley = await RunningParley.start({
    model: 'simulated',
    voice: true,
    replicas: { 'voice-bridge': 2 },
    mediaReplica: 1,
    agents: [
      agent('demo', { default: true }),
      agent('sales', { numbers: [SALES] }),
      agent('support', { numbers: [SUPPORT] }),
    ],
    env: { SIMULATOR_TWILIO_NUMBERS: [DEFAULT_LINE, SALES, SUPPORT, NOBODYS].join(',') },
  });
  await parley.untilAgentsAreKnown();
});
afterAll(async () => parley?.stop());

function agent(
  key: string,
  more: { default?: boolean; numbers?: string[]; greeting?: string } = {},
): TestAgent {
  const { greeting = `This is the ${key} desk.`, ...rest } = more;
  return { key, voice: { greeting, silenceMs: 60_000 }, ...rest };
}

/** Calls this number as a new person, and waits for the greeting. */
async function greeted(to: string, greeting: string): Promise<SimulatedCall> {
  const call = await parley.simulator.call(someNumber(), { to });
  await call.untilHeard(greeting);
  return call;
}

/** Returns the agents whose prompts this text was answered with. */
async function promptedAs(text: string): Promise<(string | undefined)[]> {
  const prompts = await parley.simulator.prompts(text);
  return prompts.map(({ request }) => /You are the (\w+) desk/.exec(request.messages[0]!.content)?.[1]);
}

async function textTo(to: string, from = someNumber()): Promise<string> {
  const body = `a text ${randomUUID()}`;
  await parley.simulator.text({ from, to, body });
  return body;
}

/** Counts requests for all agents from now on. */
async function countQuestions() {
  const connection = await connect({ servers: parley.nats.url });
  let count = 0;
  connection.subscribe(rpcSubjectOf(ListAgents), { callback: () => void (count += 1) });
  await connection.flush();
  return {
    stop: async () => {
      await connection.drain();
      return count;
    },
  };
}

it.concurrent.each(AGENT_OF_NUMBER)('a call to %s is greeted and answered by %s', async (to, key) => {
  const call = await greeted(to, `This is the ${key} desk.`);
  const said = `Am I with ${key}?`;
  await call.untilQuiet();
  await call.say(said);
  await call.untilHeard(`you said "${said}"`);
  expect(new Set(await promptedAs(said))).toEqual(new Set([key]));
  await call.command('hangup');
});

it.concurrent.each(AGENT_OF_NUMBER)('a text to %s is answered by %s, from that number', async (to, key) => {
  const from = someNumber();
  const body = await textTo(to, from);
  const [reply] = await parley.simulator.messages({ to: from, direction: 'outbound' });
  expect(reply).toMatchObject({ from: to, body: expect.stringContaining(body) });
  expect(await promptedAs(body)).toEqual([key]);
});

it.concurrent('a person has one conversation with each agent, by text and by phone', async (test) => {
  const person = someNumber();
  let text = '';
  for (const to of [SALES, SUPPORT]) {
    text = await textTo(to, person);
    await parley.simulator.messages({ to: person, from: to, direction: 'outbound' });
  }
  const call = await parley.simulator.call(person, { to: SALES });
  await call.untilHeard('This is the sales desk.');
  await call.command('hangup');
  const conversations = () =>
    parley.query<{ key: string; calls: number }>(
      `SELECT agent.key, count(call.id)::int AS calls
       FROM orchestrator.conversation JOIN orchestrator.agent ON agent.id = conversation.agent_id
       LEFT JOIN orchestrator.call ON call.conversation_id = conversation.id
       WHERE conversation.contact_id = (
         SELECT contact_id FROM orchestrator.conversation
         WHERE id = (SELECT conversation_id FROM orchestrator.message WHERE text = $1))
       GROUP BY agent.key ORDER BY agent.key`,
      [text],
    );
  await test.expect.poll(conversations).toEqual([
    { key: 'sales', calls: 1 },
    { key: 'support', calls: 0 },
  ]);
});

it.concurrent(
  'a message posted by REST is in the conversation of the line that it is sent from',
  async () => {
    const to = someNumber();
    const sent = await parley.api<{ id: string }>('/v1/messages', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
      body: JSON.stringify({ to, from: SUPPORT, text: 'Your table is ready.' }),
    });
    expect(sent.status).toBe(202);
    await parley.simulator.messages({ to, from: SUPPORT, direction: 'outbound' });
    const body = await textTo(SUPPORT, to);
    const [prompt] = await parley.simulator.prompts(body);
    const said = prompt!.request.messages.map(({ content }) => content).join('\n');
    expect(said).toContain('Your table is ready.');
    expect(await promptedAs(body)).toEqual(['support']);
  },
);

it('a call is greeted by the agent of its number while the orchestrator is stopped', async () => {
  await parley.process('agent-orchestrator').stop();
  try {
    const calls = AGENT_OF_NUMBER.map(([to, key]) => greeted(to, `This is the ${key} desk.`));
    for (const call of await Promise.all(calls)) await call.command('hangup');
  } finally {
    await parley.process('agent-orchestrator').start();
  }
});

it('a changed agents file reaches a running voice-bridge by the published fact alone', async () => {
  const questions = await countQuestions();
  await parley.changeAgents([
    agent('demo', { default: true }),
    agent('sales', { greeting: 'Sales speaking, at its new number.', numbers: [NOBODYS] }),
    agent('support', { numbers: [SUPPORT, SALES] }),
  ]);
  await parley.untilAgentsAreKnown();
  await (await greeted(NOBODYS, 'Sales speaking, at its new number.')).command('hangup');
  await (await greeted(SALES, 'This is the support desk.')).command('hangup');
  expect(await promptedAs(await textTo(SALES))).toEqual(['support']);

  await parley.changeAgents([agent('demo', { default: true }), agent('support', { numbers: [SUPPORT] })]);
  await parley.untilAgentsAreKnown();
  await (await greeted(NOBODYS, 'This is the demo desk.')).command('hangup');
  expect(await promptedAs(await textTo(SALES))).toEqual(['demo']);

  expect(await questions.stop()).toBe(0);
  const told = await parley.query<{ name: string; times: number }>(
    `SELECT convert_from(payload, 'UTF8')::jsonb->>'name' AS name, count(*)::int AS times
     FROM orchestrator.outbox WHERE subject LIKE 'int.agent.changed.%' GROUP BY 1 ORDER BY 1`,
  );
  expect(told).toEqual([
    { name: 'demo', times: 1 },
    { name: 'sales', times: 3 },
    { name: 'support', times: 3 },
  ]);
});

it('an agents file without changes publishes nothing', async () => {
  const count = async () =>
    (await parley.query(`SELECT 1 FROM orchestrator.outbox WHERE subject LIKE 'int.agent.changed.%'`)).length;
  const before = await count();
  await parley.migrate();
  expect(await count()).toBe(before);
});

it('a lost copy of the agents is restored when voice-bridge reconnects to NATS', async () => {
  await parley.query('DELETE FROM voice.agent');
  await parley.nats.stop();
  await parley.nats.start();
  await expect.poll(async () => (await parley.query('SELECT 1 FROM voice.agent')).length).toBe(3);
  await (await greeted(SUPPORT, 'This is the support desk.')).command('hangup');
});
