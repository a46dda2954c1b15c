import { Module } from '@nestjs/common';
import { DataKeys } from '@parley/encryption';
import { Database, Transactions } from '@parley/persistence';
import { phoneColumns } from '../conversations/adapters/phone-columns.js';
import { LanguageModel } from '../model/language-model.js';
import { RECOVERY_TIMES, type RecoveryTimes } from '../recovery-times.js';
import { ComposeReply } from '../tools/compose-reply.js';
import { Toolbox } from '../tools/toolbox.js';
import { ToolsModule } from '../tools/tools.module.js';
import { TurnSteps } from '../tools/turn-steps.js';
import { UseTool } from '../tools/use-tool.js';
import { AskModel } from '../turns/ask-model.js';
import { aloud, TURN_POLICY, type TurnPolicy } from '../turns/turn-policy.js';
import { TurnsModule } from '../turns/turns.module.js';
import { PostgresCallLog } from './adapters/postgres-call-log.js';
import { CallFactsConsumer } from './call-facts.consumer.js';
import { CallLog } from './call-log.js';
import { KeepCallsLeased } from './keep-calls-leased.js';
import { MergeTurns } from './merge-turns.js';
import { OpenCall } from './open-call.js';
import { RecordCallState } from './record-call-state.js';
import { RecordSpokenTurn } from './record-spoken-turn.js';
import { ComposeAloud, TakeSpokenTurn } from './take-spoken-turn.js';
import { TurnsUnderWay } from './turns-under-way.js';
import { VoiceTurnResponder } from './voice-turn.responder.js';

/**
 * live.voice.turn → TakeSpokenTurn → the ledger into the log, prompt, model, words back
 * int.call.turn-completed → RecordSpokenTurn → the same ledger, should it not be in the log yet
 * int.call.state-changed → RecordCallState → evt.call.*
 */
@Module({
  imports: [TurnsModule, ToolsModule],
  controllers: [VoiceTurnResponder, CallFactsConsumer],
  providers: [
    OpenCall,
    MergeTurns,
    TakeSpokenTurn,
    TurnsUnderWay,
    KeepCallsLeased,
    RecordCallState,
    RecordSpokenTurn,
    {
      provide: ComposeAloud,
      useFactory: (
        model: LanguageModel,
        toolbox: Toolbox,
        steps: TurnSteps,
        transactions: Transactions,
        turnPolicy: TurnPolicy,
      ) => {
        const policy = aloud(turnPolicy);
        const useTool = new UseTool(toolbox, steps, transactions, policy);
        return new ComposeReply(new AskModel(model, policy), toolbox, useTool, policy);
      },
      inject: [LanguageModel, Toolbox, TurnSteps, Transactions, TURN_POLICY],
    },
    {
      provide: CallLog,
      useFactory: (database: Database, keys: DataKeys, times: RecoveryTimes) =>
        new PostgresCallLog(database, phoneColumns(keys), times),
      inject: [Database, DataKeys, RECOVERY_TIMES],
    },
  ],
})
export class CallsModule {}
