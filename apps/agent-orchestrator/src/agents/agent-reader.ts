import type { AgentSettings } from '@parley/contracts';

/** Reads the settings of all agents, for the services that answer texts and calls for them. */
export abstract class AgentReader {
  /** Sorted by id. */
  abstract agents(): Promise<AgentSettings[]>;
}
