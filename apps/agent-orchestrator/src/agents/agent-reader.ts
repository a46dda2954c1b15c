import type { AgentSettings } from '@parley/contracts';

/** Reads the agents' settings that other services need. */
export abstract class AgentReader {
  /** Returns the agents, sorted by id. */
  abstract agents(): Promise<AgentSettings[]>;
}
