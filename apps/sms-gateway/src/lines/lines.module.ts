import { Module } from '@nestjs/common';
import { AgentNumbersConsumer } from './agent-numbers.consumer.js';
import { PostgresLineStore } from './adapters/postgres-line-store.js';
import { LineStore } from './line-store.js';
import { Lines } from './lines.js';

/** Our own numbers. */
@Module({
  controllers: [AgentNumbersConsumer],
  providers: [Lines, { provide: LineStore, useClass: PostgresLineStore }],
  exports: [Lines],
})
export class LinesModule {}
