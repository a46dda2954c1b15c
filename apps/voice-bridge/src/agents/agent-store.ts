import type { AgentSettings } from '@parley/contracts';
import type { AgentId, E164 } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';
import type { VoiceAgent } from './voice-agent.js';

/**
 * Our copy of the agents, so that calls are answered while the orchestrator is down. Throws RetryableError while it is
 * away.
 */
export abstract class AgentStore {
  /** Who answers this number of ours: the agent whose it is, by the newest account, else the default one. */
  abstract answering(line: E164 | undefined): Promise<VoiceAgent | undefined>;
  /** Also one that was removed: it goes on with the calls that it took. */
  abstract find(agentId: AgentId): Promise<VoiceAgent | undefined>;
  /** All that answer calls. */
  abstract all(): Promise<VoiceAgent[]>;
  /** Takes over what is not older than what we know. */
  abstract remember(tx: Transaction, agents: readonly AgentSettings[]): Promise<void>;
}
