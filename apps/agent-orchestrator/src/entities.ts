import { AgentEntity, AgentNumberEntity } from './agents/adapters/agent.entity.js';

/** The tables that TypeORM reads and writes. All other tables are read and written by SQL. */
export const entities = [AgentEntity, AgentNumberEntity] as const;
