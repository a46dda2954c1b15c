import type { Transaction } from '@parley/persistence';
import { rows } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import type { AgentSeed } from '../agent-seed.js';

/** Puts the agents into the database: an agent keeps its id by its key; agents that the file does not name stay. */
export async function seedAgents(tx: Transaction, agents: readonly AgentSeed[]): Promise<void> {
  await rows(tx, 'UPDATE agent SET is_default = false WHERE is_default');
  for (const { key, name, systemPrompt, isDefault, callerIdTrust, tools, voice } of agents) {
    await rows(
      tx,
      `INSERT INTO agent (id, key, name, system_prompt, is_default, caller_id_trust, tools, voice)
       VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8::jsonb)
       ON CONFLICT (key) DO UPDATE
       SET name = excluded.name, system_prompt = excluded.system_prompt, is_default = excluded.is_default,
           caller_id_trust = excluded.caller_id_trust, tools = excluded.tools, voice = excluded.voice`,
      [
        newId('agt'),
        key,
        name,
        systemPrompt,
        isDefault,
        callerIdTrust,
        JSON.stringify(tools),
        JSON.stringify(voice),
      ],
    );
  }
}
