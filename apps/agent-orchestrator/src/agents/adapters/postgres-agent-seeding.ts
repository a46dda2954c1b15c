import { isDeepStrictEqual } from 'node:util';
import { AgentChanged, type AgentSettings } from '@parley/contracts';
import type { DataKeys } from '@parley/encryption';
import type { AgentId, E164 } from '@parley/kernel';
import { type Outbox, PhoneColumn, rows, type Transaction } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import type { AgentSeed } from '../agent-seed.js';
import { AGENT_NUMBER, agentSettingsOf, STORED_AGENTS, type StoredAgent } from './stored-agents.js';

/**
 * Brings the agents up to the file, and tells of each that others know otherwise. An agent keeps its id by its key; one
 * that the file does not name any more is removed: it answers nothing, and its conversations stay. Run by one at a time,
 * which the migrations' lock sees to.
 */
export class AgentSeeding {
  readonly #lines: PhoneColumn;

  constructor(
    keys: DataKeys,
    private readonly outbox: Outbox,
  ) {
    this.#lines = new PhoneColumn(keys, AGENT_NUMBER);
  }

  async execute(tx: Transaction, seeds: readonly AgentSeed[]): Promise<void> {
    const before = await this.#stored(tx);
    await removeAllBut(tx, seeds);
    for (const seed of seeds) await putAgent(tx, seed);
    await this.#putNumbers(tx, seeds);
    await this.#tell(tx, before);
  }

  async #stored(tx: Transaction): Promise<{ key: string; settings: AgentSettings }[]> {
    const found = await rows<StoredAgent>(tx, STORED_AGENTS);
    return found.map((row) => ({ key: row.key, settings: agentSettingsOf(row, this.#lines) }));
  }

  /** Numbers that move are free before anybody gets them; those of agents that keep theirs stay sealed as they are. */
  async #putNumbers(tx: Transaction, seeds: readonly AgentSeed[]): Promise<void> {
    const wanted = new Map(seeds.map(({ key, numbers }) => [key, numbers.toSorted()]));
    const others = (await this.#stored(tx))
      .map(({ key, settings }) => ({ ...settings, wanted: wanted.get(key) ?? [] }))
      .filter((agent) => !isDeepStrictEqual(agent.numbers, agent.wanted));
    const ids = others.map(({ agentId }) => agentId);
    await rows(tx, 'DELETE FROM agent_number WHERE agent_id = ANY($1)', [ids]);
    for (const { agentId, wanted: numbers } of others) {
      for (const number of numbers) await this.#addNumber(tx, agentId, number);
    }
  }

  async #addNumber(tx: Transaction, agentId: AgentId, number: E164): Promise<void> {
    const id = newId('num');
    const { sealed, index } = this.#lines.seal(number, id);
    await rows(
      tx,
      'INSERT INTO agent_number (id, agent_id, phone_sealed, phone_index) VALUES ($1, $2, $3, $4)',
      [id, agentId, sealed, index],
    );
  }

  /** All that changed now has the same version, above all others. */
  async #tell(tx: Transaction, before: readonly { settings: AgentSettings }[]): Promise<void> {
    const known = new Map(before.map(({ settings }) => [settings.agentId, settings]));
    const version = 1 + Math.max(0, ...before.map(({ settings }) => settings.version));
    for (const { settings } of await this.#stored(tx)) {
      if (isDeepStrictEqual(settings, known.get(settings.agentId))) continue;
      await rows(tx, 'UPDATE agent SET version = $2 WHERE id = $1', [settings.agentId, version]);
      await this.outbox.add(tx, { contract: AgentChanged, data: { ...settings, version } });
    }
  }
}

async function removeAllBut(tx: Transaction, seeds: readonly AgentSeed[]): Promise<void> {
  await rows(tx, 'UPDATE agent SET is_default = false WHERE is_default');
  await rows(
    tx,
    'UPDATE agent SET removed_at = clock_timestamp() WHERE removed_at IS NULL AND NOT (key = ANY($1))',
    [seeds.map(({ key }) => key)],
  );
}

async function putAgent(
  tx: Transaction,
  { key, name, systemPrompt, isDefault, callerIdTrust, tools, voice, texts }: AgentSeed,
): Promise<void> {
  await rows(
    tx,
    `INSERT INTO agent (id, key, name, system_prompt, is_default, caller_id_trust, tools, voice, texts)
     VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8::jsonb, $9::jsonb)
     ON CONFLICT (key) DO UPDATE
     SET name = excluded.name, system_prompt = excluded.system_prompt, is_default = excluded.is_default,
         caller_id_trust = excluded.caller_id_trust, tools = excluded.tools, voice = excluded.voice,
         texts = excluded.texts, removed_at = NULL`,
    [
      newId('agt'),
      key,
      name,
      systemPrompt,
      isDefault,
      callerIdTrust,
      JSON.stringify(tools),
      JSON.stringify(voice),
      JSON.stringify(texts),
    ],
  );
}
