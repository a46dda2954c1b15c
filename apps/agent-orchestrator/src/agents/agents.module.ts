import { Module } from '@nestjs/common';
import { PostgresAgentReader } from './adapters/postgres-agent-reader.js';
import { AgentReader } from './agent-reader.js';
import { AgentsResponder } from './agents.responder.js';

/** rpc.orchestrator.list-agents → AgentReader */
@Module({
  controllers: [AgentsResponder],
  providers: [{ provide: AgentReader, useClass: PostgresAgentReader }],
})
export class AgentsModule {}
