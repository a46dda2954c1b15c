import type { E164 } from '@parley/kernel';
import { RollBack } from '@parley/persistence';
import { describe, expect, it } from 'vitest';
import { givenOrchestrator, someAgent } from '../testing/orchestrator.js';
import { withPostgres } from '../testing/servers.js';

const [ONE, TWO] = ['+15550100001', '+15550100002'] as [E164, E164];
const demo = someAgent();
const desk = someAgent({ key: 'desk', name: 'Desk', isDefault: false, numbers: [ONE, TWO] });

withPostgres();

/** Returns an agent's settings as `list-agents` shows them. */
async function agentOf({ agents }: Awaited<ReturnType<typeof givenOrchestrator>>, name: string) {
  const found = (await agents()).find((agent) => agent.name === name);
  if (!found) throw new Error(`There is no agent named ${name}`);
  return found;
}

describe('AgentSeeding', () => {
  it('a new agent is published once, and seeding it again unchanged publishes nothing', async () => {
    const orchestrator = await givenOrchestrator();
    const { seedAgents, read, agents } = orchestrator;
    await seedAgents([demo, desk]);
    const [fact, ...others] = await read.agentFacts();
    expect(others).toEqual([]);
    expect(fact).toMatchObject({ name: 'Desk', isDefault: false, isRemoved: false, version: 2 });
    expect(fact!.subject).toBe(`int.agent.changed.v1.${String(fact!['agentId'])}`);
    const settings = await agents();
    expect(await agentOf(orchestrator, 'Demo')).toMatchObject({ numbers: [], version: 1 });
    expect(await agentOf(orchestrator, 'Desk')).toMatchObject({ numbers: [ONE, TWO], version: 2 });

    await seedAgents([{ ...desk, numbers: [TWO, ONE] }, demo]);
    await seedAgents([demo, { ...desk, systemPrompt: 'Only we need to know this.' }]);
    expect(await read.agentFacts()).toHaveLength(1);
    expect(await agents()).toEqual(settings);
  });

  it('changed settings of an agent are published under a higher version', async () => {
    const orchestrator = await givenOrchestrator();
    const { seedAgents, read } = orchestrator;
    await seedAgents([demo, desk]);
    const { agentId } = await agentOf(orchestrator, 'Desk');
    await seedAgents([demo, { ...desk, voice: { ...desk.voice, greeting: 'Guten Tag!' } }]);
    expect(await agentOf(orchestrator, 'Desk')).toMatchObject({ agentId, version: 3 });
    expect((await read.agentFacts()).map(({ version }) => version)).toEqual([2, 3]);
  });

  it('one seeding can move a number to another agent and change the default agent', async () => {
    const orchestrator = await givenOrchestrator();
    const { seedAgents, read } = orchestrator;
    await seedAgents([demo, desk]);
    await seedAgents([
      { ...demo, isDefault: false, numbers: [TWO] },
      { ...desk, isDefault: true, numbers: [ONE] },
    ]);
    expect(await agentOf(orchestrator, 'Demo')).toMatchObject({ isDefault: false, numbers: [TWO] });
    expect(await agentOf(orchestrator, 'Desk')).toMatchObject({ isDefault: true, numbers: [ONE] });
    const [first, ...both] = await read.agentFacts();
    expect(first).toMatchObject({ name: 'Desk', version: 2 });
    expect(both.map(({ name, version }) => `${String(name)} ${String(version)}`).toSorted()).toEqual([
      'Demo 3',
      'Desk 3',
    ]);
  });

  it('an agent that is no longer in the agents file is removed, and gets its old id when it is listed again', async () => {
    const orchestrator = await givenOrchestrator();
    const { seedAgents, read } = orchestrator;
    await seedAgents([demo, desk]);
    const before = await agentOf(orchestrator, 'Desk');
    await seedAgents([demo]);
    await seedAgents([demo]);
    const removed = { ...before, numbers: [], isRemoved: true, version: 3 };
    expect(await agentOf(orchestrator, 'Desk')).toEqual(removed);
    expect((await read.agentFacts()).map(({ isRemoved }) => isRemoved)).toEqual([false, true]);
    await seedAgents([
      { ...demo, numbers: [TWO] },
      { ...desk, numbers: [ONE] },
    ]);
    expect(await agentOf(orchestrator, 'Desk')).toEqual({ ...before, numbers: [ONE], version: 4 });
  });

  it('[S-22] our numbers are sealed in the table and in the published facts', async () => {
    const { seedAgents, database } = await givenOrchestrator();
    await seedAgents([demo, desk]);
    const stored = await database.rows<{ row: string }>(
      `SELECT row_to_json(agent_number)::text AS row FROM agent_number
       UNION ALL SELECT convert_from(payload, 'UTF8') FROM outbox`,
    );
    expect(stored).toHaveLength(3);
    for (const { row } of stored) for (const number of [ONE, TWO]) expect(row).not.toContain(number.slice(1));
  });

  it('a seeding that is rolled back changes no agent and publishes nothing', async () => {
    const { agentSeeding, transactions, agents, read } = await givenOrchestrator();
    const before = await agents();
    await transactions.run(async (tx) => {
      await agentSeeding.execute(tx, [demo, desk]);
      throw new RollBack(undefined);
    });
    expect(await agents()).toEqual(before);
    expect(await read.agentFacts()).toEqual([]);
  });
});
