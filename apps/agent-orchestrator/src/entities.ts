import { AgentEntity, AgentNumberEntity } from './agents/adapters/agent.entity.js';

/** The orchestrator's plain records. The stores read and write everything else by SQL. */
export const entities = [AgentEntity, AgentNumberEntity] as const;
