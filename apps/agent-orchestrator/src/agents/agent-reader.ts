import type { AgentSettings } from '@parley/contracts';

/** The agents as those who answer for them need to know them. */
export abstract class AgentReader {
  /** In the order of their ids. */
  abstract agents(): Promise<AgentSettings[]>;
}
