import { Controller } from '@nestjs/common';
import { ListAgents, pageFrom } from '@parley/contracts';
import { Answers } from '@parley/messaging';
import type { z } from 'zod';
import { AgentReader } from './agent-reader.js';

/** rpc.orchestrator.list-agents → a page of all agents */
@Controller()
export class AgentsResponder {
  constructor(private readonly reader: AgentReader) {}

  @Answers(ListAgents)
  async listAgents({
    after,
  }: z.output<typeof ListAgents.input>): Promise<z.output<typeof ListAgents.output>> {
    const agents = await this.reader.agents();
    const rest = after === undefined ? agents : agents.filter(({ agentId }) => agentId > after);
    const { data, hasMore } = pageFrom(rest, rest.length, ({ agentId }) => agentId);
    return { agents: data, hasMore };
  }
}
