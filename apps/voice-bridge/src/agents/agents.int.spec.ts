import {
  AgentChanged,
  type AgentSettings,
  CallStateChanged,
  ListAgents,
  ENGLISH_VOICE_SETTINGS,
  rpcSubjectOf,
} from '@parley/contracts';
import type { E164 } from '@parley/kernel';
import { waitUntil } from '@parley/local-stack';
import { JetStreamPublisher, MessageCodec, NatsLink, sourceOf } from '@parley/messaging';
import { newId } from '@parley/service-kit';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { incomingCall, RunningVoiceBridge } from '../testing/running-voice-bridge.js';

const [SALES, SUPPORT, OTHER] = ['+15550100010', '+15550100020', '+15550100030'] as [E164, E164, E164];

let bridge: RunningVoiceBridge;
beforeAll(async () => {
  bridge = await RunningVoiceBridge.start({ RECOVERY_TIME_SCALE: '0.1' });
});
afterAll(() => bridge?.stop());
beforeEach(() => bridge.query('DELETE FROM agent'));

function someAgent(more: Partial<AgentSettings>): AgentSettings {
  return {
    agentId: newId('agt'),
    version: 1,
    name: 'Some agent',
    isDefault: false,
    numbers: [],
    voice: ENGLISH_VOICE_SETTINGS,
    isRemoved: false,
    ...more,
  };
}

/** Publishes an agent as the orchestrator does; resolves once the agent is stored. */
async function publish(agent: AgentSettings, id: string = newId('evt')): Promise<void> {
  const options = { id, source: sourceOf('agent-orchestrator'), time: new Date().toISOString() };
  const message = bridge.app.get(MessageCodec).encode(AgentChanged, agent, options);
  // Uses another message id, because the stream drops a message whose id repeats.
  await bridge.app.get(JetStreamPublisher).publish({ ...message, messageId: newId('evt') });
  await bridge.eventually(
    'the fact to be taken in',
    `SELECT 1 FROM inbox WHERE event_id = $1 AND state = 'done'`,
    [id],
  );
}

/** Returns the agent that answers a call to this number. */
async function agentOfCallTo(to: string): Promise<string | null> {
  const { callId } = await bridge.ring(incomingCall({ To: to }));
  const [call] = await bridge.query<{ agent_id: string | null }>('SELECT agent_id FROM call WHERE id = $1', [
    callId,
  ]);
  return call!.agent_id;
}

describe('a call', () => {
  it('a call is answered by the agent of the called line, or by the default agent', async () => {
    const [sales, support, demo] = [
      someAgent({ numbers: [SALES] }),
      someAgent({ numbers: [SUPPORT] }),
      someAgent({ isDefault: true }),
    ];
    for (const agent of [sales, support, demo]) await publish(agent);
    expect(await agentOfCallTo(SALES)).toBe(sales.agentId);
    expect(await agentOfCallTo(SUPPORT)).toBe(support.agentId);
    expect(await agentOfCallTo(OTHER)).toBe(demo.agentId);
    expect(await agentOfCallTo('sip:reception@example.com')).toBe(demo.agentId);
  });

  it("a call's fact names the called line, so that the orchestrator can find its agent", async () => {
    const { callId } = await bridge.ring(incomingCall({ To: SALES }));
    const [fact] = await bridge.facts(callId);
    expect(fact).not.toHaveProperty('agentId');
    const rows = await bridge.query<Parameters<MessageCodec['decode']>[1]>(
      'SELECT subject, headers, payload FROM outbox WHERE ordering_key = $1',
      [callId],
    );
    expect(bridge.app.get(MessageCodec).decode(CallStateChanged, rows[0]!).data).toMatchObject({
      lineNumber: SALES,
    });
    const stored = await bridge.query<{ row: string }>('SELECT call::text AS row FROM call WHERE id = $1', [
      callId,
    ]);
    expect(stored[0]!.row).not.toContain(SALES.slice(1));
  });
});

describe('a changed agent', () => {
  it("an agent's newest version counts, in whatever order the versions arrive", async () => {
    const agent = someAgent({ numbers: [SALES], version: 5 });
    await publish(agent);
    await publish({ ...agent, numbers: [SUPPORT], version: 4 });
    expect(await agentOfCallTo(SALES)).toBe(agent.agentId);
    expect(await agentOfCallTo(SUPPORT)).toBeNull();
    await publish({ ...agent, numbers: [SUPPORT], version: 6 });
    expect(await agentOfCallTo(SALES)).toBeNull();
    expect(await agentOfCallTo(SUPPORT)).toBe(agent.agentId);
  });

  it('a repeated fact about an agent is stored once', async () => {
    const agent = someAgent({ numbers: [SALES], version: 2 });
    const id = newId('evt');
    await publish(agent, id);
    await bridge.query('DELETE FROM agent');
    await publish(agent, id);
    // Consumed after the repeated fact, because both are about one agent. This older version is stored only if the
    // repeated fact was not.
    await publish({ ...agent, numbers: [], version: 1 });
    expect(await agentOfCallTo(SALES)).toBeNull();
  });

  it('of two agents for one line, or two default agents, the one with the newer version answers', async () => {
    const [former, present] = [
      someAgent({ numbers: [SALES], version: 1 }),
      someAgent({ numbers: [SALES], version: 2 }),
    ];
    await publish(present);
    await publish(former);
    expect(await agentOfCallTo(SALES)).toBe(present.agentId);
    const [formerDefault, presentDefault] = [
      someAgent({ isDefault: true, version: 1 }),
      someAgent({ isDefault: true, version: 2 }),
    ];
    await publish(presentDefault);
    await publish(formerDefault);
    expect(await agentOfCallTo(OTHER)).toBe(presentDefault.agentId);
  });

  it('a removed agent stays removed when an older version arrives', async () => {
    const demo = someAgent({ isDefault: true });
    const agent = someAgent({ numbers: [SALES], version: 2 });
    await publish(demo);
    await publish(agent);
    await publish({ ...agent, numbers: [], isRemoved: true, version: 3 });
    expect(await agentOfCallTo(SALES)).toBe(demo.agentId);
    await publish(agent);
    expect(await agentOfCallTo(SALES)).toBe(demo.agentId);
  });

  it('[S-22] the stored copy of an agent does not contain its phone number', async () => {
    await publish(someAgent({ numbers: [SALES] }));
    const rows = await bridge.query<{ row: string }>('SELECT agent::text AS row FROM agent');
    expect(rows).toHaveLength(1);
    expect(rows[0]!.row).not.toContain(SALES.slice(1));
  });
});

describe('a voice-bridge that connects to NATS', () => {
  it('voice-bridge requests all agents, page by page, once for each connection to NATS', async () => {
    const known = someAgent({ numbers: [SALES], version: 7 });
    const list = [someAgent({ isDefault: true, version: 1 }), { ...known, numbers: [SUPPORT], version: 6 }];
    let asked = 0;
    const hasAsked = (times: number) => waitUntil(`${times} questions`, async () => asked >= times);
    const link = bridge.app.get(NatsLink);
    const connection = await link.whenConnected();
    await publish(known);
    connection.subscribe(rpcSubjectOf(ListAgents), {
      callback: (_, message) => {
        const { after } = message.json<{ after?: string }>();
        if (after === undefined) asked += 1;
        const agents = list.slice(1 + list.findIndex(({ agentId }) => agentId === after)).slice(0, 1);
        const hasMore = after === undefined;
        message.respond(JSON.stringify({ ok: true, data: { agents, hasMore } }));
      },
    });
    await hasAsked(1);
    await bridge.eventually('the answer', 'SELECT 1 FROM agent WHERE is_default');
    expect(await agentOfCallTo(SALES)).toBe(known.agentId);
    expect(await agentOfCallTo(OTHER)).toBe(list[0]!.agentId);

    await bridge.query('DELETE FROM agent');
    await connection.reconnect();
    await hasAsked(2);
    await bridge.eventually('the answer', 'SELECT 1 FROM agent WHERE is_default');
    expect(asked).toBe(2);
  });
});
