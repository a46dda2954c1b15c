import { Module } from '@nestjs/common';
import { PostgresAgentTextsStore } from './adapters/postgres-agent-texts-store.js';
import { PostgresLineStore } from './adapters/postgres-line-store.js';
import { AgentNumbersConsumer } from './agent-numbers.consumer.js';
import { AgentTextsStore } from './agent-texts-store.js';
import { LineStore } from './line-store.js';
import { Lines } from './lines.js';

/** Our own numbers, and the fixed texts of the agents on them. */
@Module({
  controllers: [AgentNumbersConsumer],
  providers: [
    Lines,
    { provide: LineStore, useClass: PostgresLineStore },
    { provide: AgentTextsStore, useClass: PostgresAgentTextsStore },
  ],
  exports: [AgentTextsStore, Lines],
})
export class LinesModule {}
