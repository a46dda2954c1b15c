import { type AgentSettings, AgentTexts, type AgentVoice } from '@parley/contracts';
import type { PhoneColumn } from '@parley/persistence';

/** Where our own numbers are sealed and indexed. */
export const AGENT_NUMBER = 'orchestrator.agent_number.phone';

/** What is told of each agent, those that were removed included. */
export const STORED_AGENTS = `
  SELECT id, key, version, name, is_default, voice, texts, removed_at IS NOT NULL AS is_removed, coalesce(
    (SELECT jsonb_agg(jsonb_build_object('id', number.id, 'sealed', number.phone_sealed))
     FROM agent_number AS number WHERE number.agent_id = agent.id), '[]') AS numbers
  FROM agent ORDER BY id`;

export interface StoredAgent {
  id: AgentSettings['agentId'];
  key: string;
  version: number;
  name: string;
  is_default: boolean;
  voice: AgentVoice;
  texts: unknown;
  is_removed: boolean;
  numbers: { id: string; sealed: string }[];
}

export function agentSettingsOf(row: StoredAgent, lines: PhoneColumn): AgentSettings {
  const { data: texts } = AgentTexts.safeParse(row.texts);
  return {
    agentId: row.id,
    version: row.version,
    name: row.name,
    isDefault: row.is_default,
    numbers: row.numbers.map(({ id, sealed }) => lines.open(sealed, id)).toSorted(),
    voice: row.voice,
    ...(texts && { texts }),
    isRemoved: row.is_removed,
  };
}
