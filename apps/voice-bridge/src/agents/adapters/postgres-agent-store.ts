import { Injectable } from '@nestjs/common';
import { type AgentSettings, AgentVoice } from '@parley/contracts';
import { DataKeys } from '@parley/encryption';
import type { AgentId, E164 } from '@parley/kernel';
import { Database, rows, type Transaction } from '@parley/persistence';
import { AgentStore } from '../agent-store.js';
import type { VoiceAgent } from '../voice-agent.js';

/** The index field of our own numbers, which are looked up and not stored themselves. */
const AGENT_NUMBER = 'voice.agent.number';

interface AgentRow {
  id: AgentId;
  readonly voice: unknown;
}

@Injectable()
export class PostgresAgentStore extends AgentStore {
  constructor(
    private readonly keys: DataKeys,
    private readonly database: Database,
  ) {
    super();
  }

  override async findByLine(line: E164 | undefined): Promise<VoiceAgent | undefined> {
    const [row] = await this.database.rows<AgentRow>(
      `SELECT id, voice FROM agent
       WHERE NOT is_removed AND (number_indexes && $1::text[] OR is_default)
       ORDER BY number_indexes && $1::text[] DESC, version DESC LIMIT 1`,
      [line ? this.keys.blindIndexes(line, AGENT_NUMBER) : []],
    );
    return row && voiceAgentOf(row);
  }

  override async find(agentId: AgentId): Promise<VoiceAgent | undefined> {
    const [row] = await this.database.rows<AgentRow>('SELECT id, voice FROM agent WHERE id = $1', [agentId]);
    return row && voiceAgentOf(row);
  }

  override async all(): Promise<VoiceAgent[]> {
    const stored = await this.database.rows<AgentRow>(
      'SELECT id, voice FROM agent WHERE NOT is_removed ORDER BY id',
    );
    return stored.flatMap((row) => voiceAgentOf(row) ?? []);
  }

  /**
   * Stores the agents, always in the same order, so that two transactions cannot deadlock. Also rewrites an unchanged
   * agent, because this release may read more of its settings than the release that stored it.
   */
  override async remember(tx: Transaction, agents: readonly AgentSettings[]): Promise<void> {
    for (const agent of agents.toSorted((a, b) => (a.agentId < b.agentId ? -1 : 1))) {
      const { agentId, version, isDefault, isRemoved, voice, numbers } = agent;
      await rows(
        tx,
        `INSERT INTO agent (id, version, is_default, is_removed, voice, number_indexes)
         VALUES ($1, $2, $3, $4, $5::jsonb, $6)
         ON CONFLICT (id) DO UPDATE
         SET version = excluded.version, is_default = excluded.is_default, is_removed = excluded.is_removed,
             voice = excluded.voice, number_indexes = excluded.number_indexes
         WHERE agent.version <= excluded.version`,
        [
          agentId,
          version,
          isDefault,
          isRemoved,
          JSON.stringify(voice),
          numbers.map((number) => this.keys.blindIndex(number, AGENT_NUMBER)),
        ],
      );
    }
  }
}

/** Returns undefined for a copy that another release wrote and this one cannot read. */
function voiceAgentOf({ id, voice }: AgentRow): VoiceAgent | undefined {
  const parsed = AgentVoice.safeParse(voice);
  return parsed.success ? { agentId: id, voice: parsed.data } : undefined;
}
