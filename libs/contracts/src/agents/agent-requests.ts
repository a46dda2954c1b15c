import { z } from 'zod';
import { defineRequest } from '../define.js';
import { AgentId } from '../fields.js';
import { agentExample, AgentSettings } from './agent-settings.js';

/**
 * Every agent, those that were removed included. Who keeps a copy asks once it is connected: facts are not kept for
 * ever.
 */
export const ListAgents = defineRequest('orchestrator.list-agents', 1, {
  input: z.object({
    /** The last agent of the page before. */
    after: AgentId.optional(),
  }),
  /** `hasMore`: there are more agents behind the last of these. */
  output: z.object({ agents: z.array(AgentSettings), hasMore: z.boolean().optional() }),
  summary: 'List all agents with their settings and numbers.',
  exampleInput: {},
  exampleOutput: { agents: [agentExample] },
});
