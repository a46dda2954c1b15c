import { defineFact, type DataOf } from '../define.js';
import { agentExample, AgentSettings } from './agent-settings.js';

/** An agent was created, changed or removed. The fact contains all settings that other services need. */
export const AgentChanged = defineFact('agent.changed', 1, AgentSettings, {
  summary: 'An agent was added or removed, or its settings or numbers changed.',
  key: 'agentId',
  publishedBy: 'agent-orchestrator',
  consumers: ['sms-gateway', 'voice-bridge'],
  example: agentExample,
});
export type AgentChanged = DataOf<typeof AgentChanged>;
