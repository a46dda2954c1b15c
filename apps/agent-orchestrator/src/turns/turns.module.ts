import { Module } from '@nestjs/common';
import { LanguageModel } from '../model/language-model.js';
import { PostgresLanes } from './adapters/postgres-lanes.js';
import { AskModel } from './ask-model.js';
import { ClaimTurns } from './claim-turns.js';
import { DueTurns } from './due-turns.js';
import { EndTurn } from './end-turn.js';
import { HeldTurns } from './held-turns.js';
import { Lanes } from './lanes.js';
import { TakeTurn } from './take-turn.js';
import { TurnBell } from './turn-bell.js';
import { TURN_POLICY, type TurnPolicy } from './turn-policy.js';

/** A turn is due → ClaimTurns → TakeTurn (context, AskModel) → EndTurn → cmd.sms.send and evt. */
@Module({
  providers: [
    TurnBell,
    DueTurns,
    HeldTurns,
    ClaimTurns,
    TakeTurn,
    {
      provide: AskModel,
      useFactory: (model: LanguageModel, policy: TurnPolicy) => new AskModel(model, policy),
      inject: [LanguageModel, TURN_POLICY],
    },
    EndTurn,
    { provide: Lanes, useClass: PostgresLanes },
  ],
  exports: [TurnBell],
})
export class TurnsModule {}
