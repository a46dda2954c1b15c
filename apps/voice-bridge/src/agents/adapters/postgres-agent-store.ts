import { Injectable } from '@nestjs/common';
import { AgentSettings } from '@parley/contracts';
import { Database, rows, Transactions } from '@parley/persistence';
import { AgentStore } from '../agent-store.js';

@Injectable()
export class PostgresAgentStore extends AgentStore {
  constructor(
    private readonly database: Database,
    private readonly transactions: Transactions,
  ) {
    super();
  }

  /** A copy that an older release wrote and we cannot read is as good as none. */
  async all(): Promise<AgentSettings[]> {
    const found = await this.database.rows<{ settings: unknown }>('SELECT settings FROM agent ORDER BY id');
    return found.flatMap(({ settings }) => {
      const parsed = AgentSettings.safeParse(settings);
      return parsed.success ? [parsed.data] : [];
    });
  }

  async replace(agents: readonly AgentSettings[]): Promise<void> {
    await this.transactions.run(async (tx) => {
      await rows(tx, `SELECT pg_advisory_xact_lock(hashtextextended('voice.agent', 0))`);
      await rows(tx, 'DELETE FROM agent WHERE NOT (id = ANY($1))', [agents.map(({ agentId }) => agentId)]);
      for (const agent of agents) {
        await rows(
          tx,
          `INSERT INTO agent (id, settings, is_default) VALUES ($1, $2, $3)
           ON CONFLICT (id) DO UPDATE SET settings = excluded.settings, is_default = excluded.is_default`,
          [agent.agentId, JSON.stringify(agent), agent.isDefault],
        );
      }
    });
  }
}
