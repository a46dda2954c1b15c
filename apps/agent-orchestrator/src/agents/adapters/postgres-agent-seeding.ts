import { isDeepStrictEqual } from 'node:util';
import { AgentChanged, type AgentSettings } from '@parley/contracts';
import type { DataKeys } from '@parley/encryption';
import type { AgentId, E164 } from '@parley/kernel';
import { type Outbox, PhoneColumn, repository, type Transaction } from '@parley/persistence';
import { newId } from '@parley/service-kit';
import { In, IsNull, Not, type Repository } from 'typeorm';
import type { AgentSeed } from '../agent-seed.js';
import { AGENT_NUMBER_FIELD, AgentEntity, AgentNumberEntity, agentSettingsOf } from './agent.entity.js';

/**
 * Replaces the stored agents with those of the agents file, and publishes each agent whose settings changed.
 * The key of an agent determines its id. An agent that the file no longer names is marked as removed: it
 * answers nothing, and its conversations stay. The lock of the migrations lets one process at a time do this.
 */
export class AgentSeeding {
  readonly #phones: PhoneColumn;

  constructor(
    keys: DataKeys,
    private readonly outbox: Outbox,
  ) {
    this.#phones = new PhoneColumn(keys, AGENT_NUMBER_FIELD);
  }

  async execute(tx: Transaction, seeds: readonly AgentSeed[]): Promise<void> {
    const agents = await repository(tx, AgentEntity);
    const before = await this.#settings(agents);
    await removeAllBut(agents, seeds);
    for (const seed of seeds) await saveAgent(agents, seed);
    await this.#saveNumbers(tx, agents, seeds);
    await this.#publishChanges(tx, agents, before);
  }

  async #settings(agents: Repository<AgentEntity>): Promise<AgentSettings[]> {
    return (await storedAgents(agents)).map((agent) => agentSettingsOf(agent, this.#phones));
  }

  /**
   * First removes the numbers of every agent whose numbers change, then stores the new ones. Unchanged
   * numbers stay sealed as they are.
   */
  async #saveNumbers(
    tx: Transaction,
    agents: Repository<AgentEntity>,
    seeds: readonly AgentSeed[],
  ): Promise<void> {
    const numbers = await repository(tx, AgentNumberEntity);
    const wanted = new Map(seeds.map((seed) => [seed.key, seed.numbers.toSorted()]));
    const changed = (await storedAgents(agents))
      .map((agent) => ({ agent, wanted: wanted.get(agent.key) ?? [] }))
      .filter((each) => !isDeepStrictEqual(agentSettingsOf(each.agent, this.#phones).numbers, each.wanted));
    if (changed.length === 0) return;
    await numbers.delete({ agentId: In(changed.map(({ agent }) => agent.id)) });
    await numbers.insert(
      changed.flatMap(({ agent, wanted: own }) => own.map((each) => this.#row(agent.id, each))),
    );
  }

  #row(agentId: AgentId, number: E164) {
    const id = newId('num');
    const { sealed, index } = this.#phones.seal(number, id);
    return { id, agentId, phoneSealed: sealed, phoneIndex: index };
  }

  /** Publishes the changed agents under one new version, higher than every earlier one. */
  async #publishChanges(
    tx: Transaction,
    agents: Repository<AgentEntity>,
    before: readonly AgentSettings[],
  ): Promise<void> {
    const known = new Map(before.map((settings) => [settings.agentId, settings]));
    const version = 1 + Math.max(0, ...before.map((settings) => settings.version));
    for (const settings of await this.#settings(agents)) {
      if (isDeepStrictEqual(settings, known.get(settings.agentId))) continue;
      await agents.update(settings.agentId, { version });
      await this.outbox.add(tx, { contract: AgentChanged, data: { ...settings, version } });
    }
  }
}

function storedAgents(agents: Repository<AgentEntity>): Promise<AgentEntity[]> {
  return agents.find({ relations: { numbers: true }, order: { id: 'ASC' } });
}

async function removeAllBut(agents: Repository<AgentEntity>, seeds: readonly AgentSeed[]): Promise<void> {
  const keys = seeds.map(({ key }) => key);
  await agents.update({ isDefault: true }, { isDefault: false });
  await agents.update({ removedAt: IsNull(), key: Not(In(keys)) }, { removedAt: () => 'clock_timestamp()' });
}

async function saveAgent(agents: Repository<AgentEntity>, seed: AgentSeed): Promise<void> {
  const { key, name, systemPrompt, isDefault, callerIdTrust, tools, voice, texts } = seed;
  const { verificationRequired, sendSmsRecipients } = seed;
  const known = await agents.findOneBy({ key });
  const talk = { name, systemPrompt, isDefault, callerIdTrust, tools, voice, texts };
  const policies = { verificationRequired, sendSmsRecipients };
  await agents.save({ id: known?.id ?? newId('agt'), key, ...talk, ...policies, removedAt: null });
}
