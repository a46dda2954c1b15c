import { Injectable } from '@nestjs/common';
import { type AgentChanged, AgentTexts } from '@parley/contracts';
import type { LineId } from '@parley/kernel';
import { rows, type Transaction } from '@parley/persistence';
import { AgentTextsStore } from '../agent-texts-store.js';

@Injectable()
export class PostgresAgentTextsStore extends AgentTextsStore {
  override async store(tx: Transaction, agent: AgentChanged, lineIds: readonly LineId[]): Promise<void> {
    const { agentId, version, isDefault, isRemoved, texts = {} } = agent;
    await rows(
      tx,
      `INSERT INTO agent_texts (agent_id, version, is_default, is_removed, texts, line_ids)
       VALUES ($1, $2, $3, $4, $5::jsonb, $6)
       ON CONFLICT (agent_id) DO UPDATE
       SET version = excluded.version, is_default = excluded.is_default, is_removed = excluded.is_removed,
           texts = excluded.texts, line_ids = excluded.line_ids
       WHERE agent_texts.version <= excluded.version`,
      [agentId, version, isDefault, isRemoved, JSON.stringify(texts), lineIds],
    );
  }

  /** Returns undefined also for texts that this release cannot read. */
  override async forLine(tx: Transaction, lineId: LineId): Promise<AgentTexts | undefined> {
    const [row] = await rows<{ texts: unknown }>(
      tx,
      `SELECT texts FROM agent_texts
       WHERE NOT is_removed AND ($1 = ANY(line_ids) OR is_default)
       ORDER BY $1 = ANY(line_ids) DESC, version DESC LIMIT 1`,
      [lineId],
    );
    return AgentTexts.safeParse(row?.texts).data;
  }
}
