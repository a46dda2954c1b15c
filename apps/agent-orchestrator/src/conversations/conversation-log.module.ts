import { Module } from '@nestjs/common';
import { DataKeys } from '@parley/encryption';
import { Database } from '@parley/persistence';
import { phoneColumns } from './adapters/phone-columns.js';
import { PostgresConversationLog } from './adapters/postgres-conversation-log.js';
import { ConversationLog } from './conversation-log.js';

/** The record of who said what. */
@Module({
  providers: [
    {
      provide: ConversationLog,
      useFactory: (database: Database, keys: DataKeys) =>
        new PostgresConversationLog(database, phoneColumns(keys)),
      inject: [Database, DataKeys],
    },
  ],
  exports: [ConversationLog],
})
export class ConversationLogModule {}
