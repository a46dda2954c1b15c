import { Module } from '@nestjs/common';
import { PostgresAgentStore } from './adapters/postgres-agent-store.js';
import { AgentStore } from './agent-store.js';
import { VoiceAgents } from './voice-agents.js';

/** Our copy of the agents. */
@Module({
  providers: [VoiceAgents, { provide: AgentStore, useClass: PostgresAgentStore }],
  exports: [VoiceAgents],
})
export class AgentsModule {}
