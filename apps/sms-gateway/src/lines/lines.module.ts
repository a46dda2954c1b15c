import { Module } from '@nestjs/common';
import { AgentNumbersConsumer } from './agent-numbers.consumer.js';
import { PostgresAgentTextsStore } from './adapters/postgres-agent-texts-store.js';
import { PostgresLineStore } from './adapters/postgres-line-store.js';
import { AgentTextsStore } from './agent-texts-store.js';
import { LineStore } from './line-store.js';
import { Lines } from './lines.js';

/** Our own numbers, and what the agents on them text word for word. */
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
