import type { AgentChanged, AgentTexts } from '@parley/contracts';
import type { LineId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';

/** A copy of the agents' fixed texts, so that keywords are answered while the orchestrator is unavailable. */
export abstract class AgentTextsStore {
  /** Stores the agent's texts, unless newer ones are stored. */
  abstract store(tx: Transaction, agent: AgentChanged, lineIds: readonly LineId[]): Promise<void>;
  /** The newest texts of this line's agent, or else of the default agent. */
  abstract forLine(tx: Transaction, lineId: LineId): Promise<AgentTexts | undefined>;
}
