import type { AgentChanged, AgentTexts } from '@parley/contracts';
import type { LineId } from '@parley/kernel';
import type { Transaction } from '@parley/persistence';

/** A copy of the agents' set texts, so that keywords are answered while the orchestrator is down. */
export abstract class AgentTextsStore {
  /** Takes over what is not older than what we know. */
  abstract remember(tx: Transaction, agent: AgentChanged, lineIds: readonly LineId[]): Promise<void>;
  /** The texts of the agent that answers this line, by the newest account, else of the default one. */
  abstract of(tx: Transaction, lineId: LineId): Promise<AgentTexts | undefined>;
}
