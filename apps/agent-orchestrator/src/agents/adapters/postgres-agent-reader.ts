import { Injectable } from '@nestjs/common';
import type { AgentSettings } from '@parley/contracts';
import { DataKeys } from '@parley/encryption';
import { Database, PhoneColumn } from '@parley/persistence';
import { AgentReader } from '../agent-reader.js';
import { AGENT_NUMBER, agentSettingsOf, STORED_AGENTS, type StoredAgent } from './stored-agents.js';

@Injectable()
export class PostgresAgentReader extends AgentReader {
  readonly #lines: PhoneColumn;

  constructor(
    keys: DataKeys,
    private readonly database: Database,
  ) {
    super();
    this.#lines = new PhoneColumn(keys, AGENT_NUMBER);
  }

  override async agents(): Promise<AgentSettings[]> {
    const found = await this.database.rows<StoredAgent>(STORED_AGENTS);
    return found.map((row) => agentSettingsOf(row, this.#lines));
  }
}
