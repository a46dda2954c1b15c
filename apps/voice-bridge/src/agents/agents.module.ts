import { Module } from '@nestjs/common';
import { PostgresAgentStore } from './adapters/postgres-agent-store.js';
import { AgentChangedConsumer } from './agent-changed.consumer.js';
import { AgentStore } from './agent-store.js';
import { CatchUpOnAgents } from './catch-up-on-agents.js';
import { RememberAgent } from './remember-agent.js';
import { VoiceAgents } from './voice-agents.js';

/**
 * Our copy of the agents:
 * int.agent.changed → RememberAgent
 * connected to NATS → CatchUpOnAgents → rpc.orchestrator.list-agents
 */
@Module({
  controllers: [AgentChangedConsumer],
  providers: [
    VoiceAgents,
    RememberAgent,
    CatchUpOnAgents,
    { provide: AgentStore, useClass: PostgresAgentStore },
  ],
  exports: [VoiceAgents],
})
export class AgentsModule {}
