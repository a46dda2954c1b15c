import { Injectable } from '@nestjs/common';
import type { AgentSettings } from '@parley/contracts';
import { DataKeys } from '@parley/encryption';
import { Database, PhoneColumn } from '@parley/persistence';
import { AgentReader } from '../agent-reader.js';
import { AGENT_NUMBER_FIELD, AgentEntity, agentSettingsOf } from './agent.entity.js';

@Injectable()
export class PostgresAgentReader extends AgentReader {
  readonly #phones: PhoneColumn;

  constructor(
    keys: DataKeys,
    private readonly database: Database,
  ) {
    super();
    this.#phones = new PhoneColumn(keys, AGENT_NUMBER_FIELD);
  }

  override async agents(): Promise<AgentSettings[]> {
    const found = await this.database.withRepository(AgentEntity, (agents) =>
      agents.find({ relations: { numbers: true }, order: { id: 'ASC' } }),
    );
    return found.map((agent) => agentSettingsOf(agent, this.#phones));
  }
}
