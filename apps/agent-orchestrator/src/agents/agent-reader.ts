import type { AgentSettings } from '@parley/contracts';

/** The settings of all agents, for the services that answer for them. */
export abstract class AgentReader {
  /** Sorted by id. */
  abstract agents(): Promise<AgentSettings[]>;
}
