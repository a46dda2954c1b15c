import { Controller } from '@nestjs/common';
import { ListAgents } from '@parley/contracts';
import { Answers } from '@parley/messaging';
import type { z } from 'zod';
import { AgentReader } from './agent-reader.js';

/** rpc.orchestrator.list-agents → all agents */
@Controller()
export class AgentsResponder {
  constructor(private readonly reader: AgentReader) {}

  @Answers(ListAgents)
  async listAgents(): Promise<z.output<typeof ListAgents.output>> {
    return { agents: await this.reader.agents() };
  }
}
