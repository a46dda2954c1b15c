import { Module } from '@nestjs/common';
import { DataKeys } from '@parley/encryption';
import { Database } from '@parley/persistence';
import { addressColumns } from './adapters/address-columns.js';
import { PostgresConversationLog } from './adapters/postgres-conversation-log.js';
import { PostgresConversationReader } from './adapters/postgres-conversation-reader.js';
import { AppendInbound } from './append-inbound.js';
import { AppendMessageConsumer } from './append-message.consumer.js';
import { AppendOperatorMessage } from './append-operator-message.js';
import { ConversationLog } from './conversation-log.js';
import { ConversationReader } from './conversation-reader.js';
import { ConversationsResponder } from './conversations.responder.js';
import { OpenThread } from './open-thread.js';
import { RecordMessageStatus } from './record-message-status.js';
import { TurnSignals } from './turn-signals.js';

/**
 * The log of all channels, whose consumers call AppendInbound and RecordMessageStatus.
 *
 * cmd.conversation.append → AppendOperatorMessage → the log, and the delivery of the channel
 *
 * rpc.orchestrator.list-…, get-… → ConversationReader
 */
@Module({
  controllers: [AppendMessageConsumer, ConversationsResponder],
  providers: [
    TurnSignals,
    OpenThread,
    AppendInbound,
    AppendOperatorMessage,
    RecordMessageStatus,
    { provide: ConversationReader, useClass: PostgresConversationReader },
    {
      provide: ConversationLog,
      useFactory: (database: Database, keys: DataKeys) =>
        new PostgresConversationLog(database, addressColumns(keys)),
      inject: [Database, DataKeys],
    },
  ],
  exports: [TurnSignals, AppendInbound, AppendOperatorMessage, RecordMessageStatus, ConversationLog],
})
export class ConversationsModule {}
