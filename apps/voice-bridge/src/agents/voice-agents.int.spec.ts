import { connect, type NatsConnection } from '@nats-io/transport-node';
import { ListAgents } from '@parley/contracts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { incomingCall, RunningVoiceBridge, signatureOf } from '../testing/running-voice-bridge.js';

const agent = { ...ListAgents.exampleOutput.agents[0]!, isDefault: true };

let bridge: RunningVoiceBridge;
let nats: NatsConnection;
beforeAll(async () => {
  bridge = await RunningVoiceBridge.start();
  nats = await connect({ servers: bridge.nats.url });
});
beforeEach(() => bridge.query('DELETE FROM agent'));
afterAll(async () => {
  await nats?.close();
  await bridge?.stop();
});

describe('the first call of a process that has just started', () => {
  it('the first call after a start is answered by the stored agent while the orchestrator is unavailable', async () => {
    await bridge.query(
      `INSERT INTO agent (id, version, is_default, is_removed, voice, number_indexes) VALUES ($1, 1, true, false, $2, '{}')`,
      [agent.agentId, JSON.stringify(agent.voice)],
    );
    expect(await agentOfCallAt(await bridge.another())).toBe(agent.agentId);
  });

  it('the first call after a start is answered even if the orchestrator stays unavailable', async () => {
    expect(await agentOfCallAt(await bridge.another())).toBeNull();
  });

  it('the first call after a start waits for the orchestrator while there is no stored agent', async () => {
    const url = await bridge.another();
    const ringing = agentOfCallAt(url);
    const orchestrator = nats.subscribe('rpc.orchestrator.list-agents.v1', {
      callback: (_error, message) =>
        void message.respond(JSON.stringify({ ok: true, data: { agents: [agent] } })),
    });
    try {
      expect(await ringing).toBe(agent.agentId);
    } finally {
      orchestrator.unsubscribe();
    }
  });
});

async function agentOfCallAt(url: string): Promise<string | null> {
  const path = '/webhooks/twilio/voice';
  const params = incomingCall();
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'x-twilio-signature': signatureOf(`${bridge.url}${path}`, params) },
    body: new URLSearchParams(params),
  });
  expect(await answer.text()).toContain('<Stream');
  const [row] = await bridge.query<{ agent_id: string | null }>(
    'SELECT agent_id FROM call WHERE call_sid = $1',
    [params['CallSid']],
  );
  return row!.agent_id;
}
