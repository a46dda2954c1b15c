import { AgentChanged, defaultAgentTexts } from '@parley/contracts';
import { type E164, parseE164 } from '@parley/kernel';
import { newId } from '@parley/service-kit';
import { someNumber } from '@parley/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { AGENT_NUMBERS, inboundParams, RunningGateway } from '../testing/running-gateway.js';

const LINE = parseE164(AGENT_NUMBERS[0])!;
const GERMAN = defaultAgentTexts(['de']);
const OWN = { ...defaultAgentTexts(['es']), help: 'Escriba a ayuda@example.com.' };

let gateway: RunningGateway;
beforeAll(async () => {
  gateway = await RunningGateway.start({ TWILIO_OPT_OUT_HANDLING: 'off' });
});
afterAll(() => gateway?.stop());

async function replyTo(body: string, to?: E164): Promise<string> {
  const person = someNumber();
  const params = { ...inboundParams(person, body), ...(to && { To: to }) };
  expect((await gateway.post('/webhook/sms', params)).status).toBe(200);
  return (await gateway.simulator.repliesTo(person))[0]!;
}

async function publishAgent(agent: Partial<AgentChanged>): Promise<void> {
  const settings = {
    ...AgentChanged.schema.parse(AgentChanged.example),
    agentId: newId('agt'),
    numbers: [],
    ...agent,
  };
  await gateway.publish(AgentChanged, settings);
  await gateway.eventually(
    'the agent to be known',
    'SELECT 1 FROM agent_texts WHERE agent_id = $1 AND version = $2',
    [settings.agentId, settings.version],
  );
}

it('[S-14] a keyword is answered in English until the gateway knows an agent', async () => {
  expect(await replyTo('STOP')).toBe(defaultAgentTexts(['en']).stop);
});

it('[S-14] a keyword is answered with the texts of the line’s agent, or else of the default agent', async () => {
  await publishAgent({ isDefault: true, texts: GERMAN });
  await publishAgent({ isDefault: false, texts: OWN, numbers: [LINE] });
  expect(await replyTo('STOP')).toBe(GERMAN.stop);
  expect(await replyTo('START')).toBe(GERMAN.start);
  expect(await replyTo('HELP', LINE)).toBe(OWN.help);
  expect(await replyTo('STOP', LINE)).toBe(OWN.stop);
});

it('[S-14] keyword replies of an older version of an agent, or of a removed agent, are not used', async () => {
  const agentId = newId('agt');
  const line = parseE164(AGENT_NUMBERS[1])!;
  await publishAgent({ agentId, version: 9, isDefault: false, texts: OWN, numbers: [line] });
  await gateway.publish(AgentChanged, {
    ...AgentChanged.schema.parse(AgentChanged.example),
    agentId,
    version: 8,
    texts: GERMAN,
    numbers: [line],
  });
  await publishAgent({ texts: GERMAN, isDefault: true, version: 20 });
  expect(await replyTo('HELP', line)).toBe(OWN.help);
  await publishAgent({
    agentId,
    version: 10,
    isDefault: false,
    isRemoved: true,
    texts: OWN,
    numbers: [line],
  });
  expect(await replyTo('HELP', line)).toBe(GERMAN.help);
});
