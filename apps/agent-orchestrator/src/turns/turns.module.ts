import { Module } from '@nestjs/common';
import { ConversationsModule } from '../conversations/conversations.module.js';
import { IntentsModule } from '../intents/intents.module.js';
import { RepliesModule } from '../replies/replies.module.js';
import { PostgresLanes } from './adapters/postgres-lanes.js';
import { ClaimTurns } from './claim-turns.js';
import { DueTurns } from './due-turns.js';
import { EndTurn } from './end-turn.js';
import { HeldTurns } from './held-turns.js';
import { Lanes } from './lanes.js';
import { RecordToolUse } from './record-tool-use.js';
import { TakeTurn } from './take-turn.js';

/** A turn is due → ClaimTurns → TakeTurn (context, ComposeReply) → EndTurn → the channel's delivery and evt. */
@Module({
  imports: [ConversationsModule, RepliesModule, IntentsModule],
  providers: [
    DueTurns,
    HeldTurns,
    ClaimTurns,
    TakeTurn,
    RecordToolUse,
    EndTurn,
    { provide: Lanes, useClass: PostgresLanes },
  ],
})
export class TurnsModule {}
