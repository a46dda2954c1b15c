import { z } from 'zod';
import { defineRequest } from '../define.js';
import { AgentId } from '../fields.js';
import { agentExample, AgentSettings } from './agent-settings.js';

/**
 * Lists all agents, removed agents included. A service that stores a copy sends this request when it
 * connects, because streams store facts only for a while.
 */
export const ListAgents = defineRequest('orchestrator.list-agents', 1, {
  askedBy: ['voice-bridge'],
  input: z.object({
    /** The last agent of the previous page. */
    after: AgentId.optional(),
  }),
  /** `hasMore`: more agents follow. */
  output: z.object({ agents: z.array(AgentSettings), hasMore: z.boolean().optional() }),
  summary: 'List all agents with their settings and numbers.',
  exampleInput: {},
  exampleOutput: { agents: [agentExample] },
});
