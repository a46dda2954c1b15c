import { Module } from '@nestjs/common';
import { LinesModule } from '../lines/lines.module.js';
import { PostgresThreadStore } from './adapters/postgres-thread-store.js';
import { TextThreadsResponder } from './text-threads.responder.js';
import { ThreadStore } from './thread-store.js';

/** The threads; rpc.gateway.open-thread */
@Module({
  imports: [LinesModule],
  controllers: [TextThreadsResponder],
  providers: [{ provide: ThreadStore, useClass: PostgresThreadStore }],
  exports: [ThreadStore],
})
export class ThreadsModule {}
