import { Module } from '@nestjs/common';
import { PostgresThreadStore } from './adapters/postgres-thread-store.js';
import { ThreadStore } from './thread-store.js';

/** Who texts with which line. */
@Module({
  providers: [{ provide: ThreadStore, useClass: PostgresThreadStore }],
  exports: [ThreadStore],
})
export class ThreadsModule {}
