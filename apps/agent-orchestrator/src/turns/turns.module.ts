import { Module } from '@nestjs/common';
import { Transactions } from '@parley/persistence';
import { LanguageModel } from '../model/language-model.js';
import { ComposeReply } from '../tools/compose-reply.js';
import { Toolbox } from '../tools/toolbox.js';
import { ToolsModule } from '../tools/tools.module.js';
import { TurnSteps } from '../tools/turn-steps.js';
import { UseTool } from '../tools/use-tool.js';
import { PostgresLanes } from './adapters/postgres-lanes.js';
import { AskModel } from './ask-model.js';
import { ClaimTurns } from './claim-turns.js';
import { DueTurns } from './due-turns.js';
import { EndTurn } from './end-turn.js';
import { HeldTurns } from './held-turns.js';
import { Lanes } from './lanes.js';
import { NoteToolUse } from './note-tool-use.js';
import { TakeTurn } from './take-turn.js';
import { TurnBell } from './turn-bell.js';
import { TURN_POLICY, type TurnPolicy } from './turn-policy.js';

/** A turn is due → ClaimTurns → TakeTurn (context, ComposeReply) → EndTurn → cmd.sms.send and evt. */
@Module({
  imports: [ToolsModule],
  providers: [
    TurnBell,
    DueTurns,
    HeldTurns,
    ClaimTurns,
    TakeTurn,
    NoteToolUse,
    {
      provide: ComposeReply,
      useFactory: (
        model: LanguageModel,
        toolbox: Toolbox,
        steps: TurnSteps,
        transactions: Transactions,
        policy: TurnPolicy,
      ) => {
        const useTool = new UseTool(toolbox, steps, transactions, policy);
        return new ComposeReply(new AskModel(model, policy), toolbox, useTool, policy);
      },
      inject: [LanguageModel, Toolbox, TurnSteps, Transactions, TURN_POLICY],
    },
    EndTurn,
    { provide: Lanes, useClass: PostgresLanes },
  ],
  exports: [TurnBell],
})
export class TurnsModule {}
