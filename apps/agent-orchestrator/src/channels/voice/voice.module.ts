import { Module } from '@nestjs/common';
import { DataKeys } from '@parley/encryption';
import { Database } from '@parley/persistence';
import { addressColumns } from '../../conversations/adapters/address-columns.js';
import { ConversationsModule } from '../../conversations/conversations.module.js';
import { RepliesModule } from '../../replies/replies.module.js';
import { RECOVERY_TIMES, type RecoveryTimes } from '../../recovery-times.js';
import { Channels } from '../channel.js';
import { PostgresCallLog } from './log/adapters/postgres-call-log.js';
import { CallFactsConsumer } from './log/call-facts.consumer.js';
import { CallLog } from './log/call-log.js';
import { MergeTurns } from './log/merge-turns.js';
import { OpenCall } from './log/open-call.js';
import { RecordCallState } from './log/record-call-state.js';
import { RecordSpokenTurn } from './log/record-spoken-turn.js';
import { RenewCallLeases } from './turns/renew-call-leases.js';
import { TakeSpokenTurn } from './turns/take-spoken-turn.js';
import { SpokenTurnsInProgress } from './turns/spoken-turns-in-progress.js';
import { VoiceTurnResponder } from './turns/voice-turn.responder.js';

/**
 * live.voice.turn → TakeSpokenTurn → ledger into the log, prompt, model, words to the voice-bridge
 * int.call.turn-completed → RecordSpokenTurn → the ledger entry, if the log lacks it
 * int.call.state-changed → RecordCallState → evt.call.*
 */
@Module({
  imports: [ConversationsModule, RepliesModule],
  controllers: [VoiceTurnResponder, CallFactsConsumer],
  providers: [
    OpenCall,
    MergeTurns,
    TakeSpokenTurn,
    SpokenTurnsInProgress,
    RenewCallLeases,
    RecordCallState,
    RecordSpokenTurn,
    {
      provide: CallLog,
      useFactory: (database: Database, keys: DataKeys, times: RecoveryTimes, channels: Channels) =>
        new PostgresCallLog(database, addressColumns(keys), times, channels),
      inject: [Database, DataKeys, RECOVERY_TIMES, Channels],
    },
  ],
})
export class VoiceChannelModule {}
