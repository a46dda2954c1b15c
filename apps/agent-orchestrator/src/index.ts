/** For the launcher, which checks the orchestrator's settings before it starts the orchestrator. */
export { readAgentSeeds } from './agents/agent-seed.js';
export { OrchestratorEnv } from './orchestrator.env.js';
