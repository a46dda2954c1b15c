import { Module } from '@nestjs/common';
import { PostgresLimitStore } from './adapters/postgres-limit-store.js';
import { LimitStore } from './limit-store.js';

/** The counters by which codes are limited. */
@Module({
  providers: [{ provide: LimitStore, useClass: PostgresLimitStore }],
  exports: [LimitStore],
})
export class LimitsModule {}
