import { Injectable } from '@nestjs/common';
import type { AgentSettings, AgentVoice } from '@parley/contracts';
import { Database } from '@parley/persistence';
import { AgentReader } from '../agent-reader.js';

interface AgentRow {
  id: AgentSettings['agentId'];
  name: string;
  is_default: boolean;
  voice: AgentVoice;
}

@Injectable()
export class PostgresAgentReader extends AgentReader {
  constructor(private readonly database: Database) {
    super();
  }

  override async agents(): Promise<AgentSettings[]> {
    const found = await this.database.rows<AgentRow>(
      'SELECT id, name, is_default, voice FROM agent ORDER BY id',
    );
    return found.map(({ id, name, is_default: isDefault, voice }) => ({
      agentId: id,
      name,
      isDefault,
      voice,
    }));
  }
}
