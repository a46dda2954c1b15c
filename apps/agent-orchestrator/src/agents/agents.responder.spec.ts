import { type AgentSettings, ListAgents, MAX_PAGE_BYTES } from '@parley/contracts';
import { expect, it } from 'vitest';
import { AgentsResponder } from './agents.responder.js';

const agentExample = ListAgents.exampleOutput.agents[0]!;

it('agents are listed in pages that each fit into one NATS message', async () => {
  const phrase = 'Good morning! '.repeat(400);
  const agents = Array.from(
    { length: 300 },
    (_, index) =>
      ({
        ...agentExample,
        agentId: `agt_01k9wm3v7hq2b8yjr5xet6c${String(index).padStart(3, '0')}`,
        voice: { ...agentExample.voice, greeting: phrase },
      }) as AgentSettings,
  );
  const responder = new AgentsResponder({ agents: async () => agents });
  const listed: AgentSettings[] = [];
  for (let hasMore = true; hasMore;) {
    const after = listed.at(-1)?.agentId;
    const page = await responder.listAgents(after === undefined ? {} : { after });
    expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(MAX_PAGE_BYTES + 10_000);
    listed.push(...page.agents);
    hasMore = page.hasMore === true;
  }
  expect(listed).toEqual(agents);
});
