import { AppendMessage, durableOf } from '@parley/contracts';
import type { E164, ThreadId } from '@parley/kernel';
import { newId } from '@parley/service-kit';
import { describe, expect, it } from 'vitest';
import { someCall } from '../testing/a-call.js';
import { givenOrchestrator, someAgent, someReceipt, someSms } from '../testing/orchestrator.js';
import { ScriptedModel } from '../testing/scripted-model.js';
import { withPostgres } from '../testing/servers.js';

const [SALES, SUPPORT, OTHER] = ['+15550100010', '+15550100020', '+15550100030'] as [E164, E164, E164];
const neverCancelled = new AbortController().signal;

withPostgres();

const promptOf = (key: string) => `You are ${key}.`;

function agent(key: string, numbers: E164[], isDefault = false) {
  return someAgent({ key, name: key, systemPrompt: promptOf(key), numbers, isDefault });
}

/** Seeds two agents with a number each, and a default agent. */
async function givenAgents() {
  const orchestrator = await givenOrchestrator();
  const { seedAgents, receiveSms, database, claimTurns } = orchestrator;
  await seedAgents([agent('demo', [], true), agent('sales', [SALES]), agent('support', [SUPPORT])]);
  const model = new ScriptedModel(async () => 'Certainly.');
  return {
    ...orchestrator,
    text: (to: E164, threadId: ThreadId, text = 'Hello') =>
      receiveSms(someSms({ to, threadId, text }), someReceipt()),
    /** The agents that answer the due turns, and the texts in their prompts. */
    answered: async () => {
      const { turns } = await claimTurns.execute(16);
      model.prompts.length = 0;
      for (const turn of turns) await orchestrator.takeTurnWith(model).execute(turn, neverCancelled);
      return model.prompts.map(({ system, messages }) => [
        system.match(/You are (\w+)\./)?.[1],
        messages.map(({ text }) => text),
      ]);
    },
    /** The conversations by agent. */
    conversations: async () =>
      (
        await database.rows<{ key: string }>(
          `SELECT agent.key FROM conversation JOIN agent ON agent.id = conversation.agent_id ORDER BY conversation.id`,
        )
      ).map(({ key }) => key),
  };
}

describe('a text', () => {
  it('a text is answered by the agent of the texted number, or else by the default agent', async () => {
    const { text, answered, read, conversations } = await givenAgents();
    await text(SALES, newId('thr'), 'to sales');
    await text(SUPPORT, newId('thr'), 'to support');
    await text(OTHER, newId('thr'), 'to somebody');
    expect(await answered()).toEqual([
      ['sales', ['to sales']],
      ['support', ['to support']],
      ['demo', ['to somebody']],
    ]);
    expect(await conversations()).toEqual(['sales', 'support', 'demo']);
    expect(await read.count('contact')).toBe(1);
  });

  it('texts to two numbers of one agent are in one conversation', async () => {
    const { text, seedAgents, conversations } = await givenAgents();
    await seedAgents([agent('demo', [], true), agent('sales', [SALES, OTHER])]);
    await text(SALES, newId('thr'));
    await text(OTHER, newId('thr'));
    expect(await conversations()).toEqual(['sales']);
  });

  it('a thread moves to the agent that got its number, and earlier messages stay in their conversation', async () => {
    const { text, answered, seedAgents, conversations } = await givenAgents();
    const threadId = newId('thr');
    await text(SALES, threadId, 'before');
    expect(await answered()).toEqual([['sales', ['before']]]);
    await seedAgents([agent('demo', [], true), agent('sales', []), agent('support', [SUPPORT, SALES])]);
    await text(SALES, threadId, 'after');
    await text(SALES, threadId, 'and again');
    expect(await answered()).toEqual([['support', ['after\n\nand again']]]);
    expect(await conversations()).toEqual(['sales', 'support']);
    await seedAgents([agent('demo', [], true), agent('sales', [SALES]), agent('support', [SUPPORT])]);
    await text(SALES, threadId, 'back');
    expect(await answered()).toEqual([['sales', ['before', 'Certainly.', 'back']]]);
    expect(await conversations()).toEqual(['sales', 'support']);
  });

  it('the default agent answers the number of a removed agent', async () => {
    const { text, answered, seedAgents } = await givenAgents();
    const threadId = newId('thr');
    await text(SALES, threadId, 'before');
    await answered();
    await seedAgents([agent('demo', [], true)]);
    await text(SALES, threadId, 'after');
    expect(await answered()).toEqual([['demo', ['after']]]);
  });
});

describe('an operator message', () => {
  it('an operator message joins the conversation with the agent of its sending number', async () => {
    const { appendOperatorMessage, text, seedAgents, conversations } = await givenAgents();
    const [to, target] = ['+15550100001' as E164, newId('thr')];
    const say = () =>
      appendOperatorMessage.execute(
        {
          target,
          to,
          from: SUPPORT,
          messageId: newId('msg'),
          text: 'Your table is ready.',
          author: 'human',
          requestedAt: '2026-01-02T03:04:05.678Z',
          validUntil: '2026-01-02T05:04:05.678Z',
        },
        { consumer: durableOf(AppendMessage, 'agent-orchestrator'), eventId: newId('cmd') },
      );
    await say();
    await text(SUPPORT, target);
    expect(await conversations()).toEqual(['support']);
    await seedAgents([agent('demo', [], true), agent('sales', [SALES, SUPPORT])]);
    await say();
    expect(await conversations()).toEqual(['support', 'sales']);
  });
});

describe('a call', () => {
  it('a call joins the conversation with the agent that answered it, or else with the agent of the called number', async () => {
    const { recordCallState, agents, conversations, text } = await givenAgents();
    await text(SALES, newId('thr'));
    const support = (await agents()).find(({ name }) => name === 'support')!;
    const calls = [
      someCall({ lineNumber: SALES }),
      someCall({ lineNumber: SALES, agentId: support.agentId }),
      someCall({ lineNumber: SUPPORT, agentId: newId('agt') }),
      someCall({ lineNumber: OTHER }),
      someCall(),
    ];
    for (const call of calls) await recordCallState.execute(call.state('initiated'), someReceipt());
    expect(await conversations()).toEqual(['sales', 'support', 'demo']);
  });
});
