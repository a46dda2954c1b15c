import { AgentEntity, AgentNumberEntity } from './agents/adapters/agent.entity.js';

/** The orchestrator's plain records. Everything else is read and written by SQL in its store. */
export const entities = [AgentEntity, AgentNumberEntity] as const;
