import type { AgentSettings } from '@parley/contracts';
import type { AgentId, E164 } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import type { VoiceAgent } from './voice-agent.js';

/**
 * Our copy of the agents, so that calls are answered while the orchestrator is unavailable.
 * @throws RetryableError while the store is unavailable
 */
export abstract class AgentStore {
  /** Returns the agent that answers this line: the line's newest agent, or else the default agent. */
  abstract findByLine(line: E164 | undefined): Promise<VoiceAgent | undefined>;
  /** Returns this agent, also if it was removed: a removed agent continues the calls that it answered. */
  abstract find(agentId: AgentId): Promise<VoiceAgent | undefined>;
  /** Returns all agents that answer calls. */
  abstract all(): Promise<VoiceAgent[]>;
  /** Stores each agent, unless a newer version of it is stored. */
  abstract remember(tx: Transaction, agents: readonly AgentSettings[]): Promise<void>;
}
