import { Module } from '@nestjs/common';
import { ConsentModule } from '../consent/consent.module.js';
import { LinesModule } from '../lines/lines.module.js';
import { ThreadsModule } from '../threads/threads.module.js';
import { PostgresApiKeyStore } from './adapters/postgres-api-key-store.js';
import { PostgresReservationStore } from './adapters/postgres-reservation-store.js';
import { ApiKeyGuard } from './api-key.guard.js';
import { ApiKeyStore } from './api-key-store.js';
import { CallsController } from './calls.controller.js';
import { ConversationsController } from './conversations.controller.js';
import { DeadLettersController } from './dead-letters.controller.js';
import { DeadLetters } from './dead-letters.js';
import { EventsController } from './events.controller.js';
import { FindRecipient } from './find-recipient.js';
import { MessagesController } from './messages.controller.js';
import { PurgeReservations } from './purge-reservations.js';
import { ReservationStore } from './reservation-store.js';
import { SendMessage } from './send-message.js';

/**
 * GET /v1/… → rpc.orchestrator.…, of calls rpc.voice.…
 * POST /v1/calls/{id}/hangup → rpc.voice.hang-up
 * /v1/dead-letters → rpc.<each service>.…
 * POST /v1/messages → SendMessage → cmd.conversation.append.v1.<conversation or thread>
 */
@Module({
  imports: [LinesModule, ThreadsModule, ConsentModule],
  controllers: [
    ConversationsController,
    CallsController,
    MessagesController,
    EventsController,
    DeadLettersController,
  ],
  providers: [
    ApiKeyGuard,
    FindRecipient,
    SendMessage,
    PurgeReservations,
    DeadLetters,
    { provide: ApiKeyStore, useClass: PostgresApiKeyStore },
    { provide: ReservationStore, useClass: PostgresReservationStore },
  ],
  exports: [ApiKeyStore],
})
export class RestModule {}
