import type { AgentSettings } from '@parley/contracts';

/** Our copy of the agents, so that calls are answered while the orchestrator is down. */
export abstract class AgentStore {
  abstract all(): Promise<AgentSettings[]>;
  abstract replace(agents: readonly AgentSettings[]): Promise<void>;
}
