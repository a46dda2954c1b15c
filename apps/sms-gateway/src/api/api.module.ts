import { Module } from '@nestjs/common';
import { ConsentModule } from '../consent/consent.module.js';
import { LinesModule } from '../lines/lines.module.js';
import { ThreadsModule } from '../threads/threads.module.js';
import { GatewayTextThreads } from './adapters/gateway-text-threads.js';
import { CallsController } from './calls/calls.controller.js';
import { ConversationsController } from './conversations/conversations.controller.js';
import { AllDeadLetters } from './dead-letters/all-dead-letters.js';
import { DeadLettersController } from './dead-letters/dead-letters.controller.js';
import { EventsController } from './events/events.controller.js';
import { PostgresApiKeyStore } from './keys/adapters/postgres-api-key-store.js';
import { ApiKeyStore } from './keys/api-key-store.js';
import { ApiKeyGuard } from './keys/api-key.guard.js';
import { FindRecipient } from './messages/find-recipient.js';
import { MessagesController } from './messages/messages.controller.js';
import { SendMessage } from './messages/send-message.js';
import { PostgresReservationStore } from './reservations/adapters/postgres-reservation-store.js';
import { PurgeReservations } from './reservations/purge-reservations.js';
import { RequestIds } from './reservations/request-ids.js';
import { ReservationStore } from './reservations/reservation-store.js';
import { TextThreads } from './text-threads.js';
import { VerificationsController } from './verifications/verifications.controller.js';

/**
 * The REST API. Only adapters/ uses the rest of the gateway, so the API could move to its own process.
 *
 * GET /v1/… → rpc.orchestrator.…; for calls rpc.voice.…
 * POST /v1/calls/{id}/hangup → rpc.voice.hang-up
 * /v1/dead-letters → rpc.<each service>.…
 * /v1/verifications → rpc.verification.…
 * POST /v1/messages → SendMessage → cmd.conversation.append.v1.<conversation or thread>
 */
@Module({
  imports: [LinesModule, ThreadsModule, ConsentModule],
  controllers: [
    ConversationsController,
    CallsController,
    MessagesController,
    VerificationsController,
    EventsController,
    DeadLettersController,
  ],
  providers: [
    ApiKeyGuard,
    FindRecipient,
    SendMessage,
    RequestIds,
    PurgeReservations,
    AllDeadLetters,
    { provide: TextThreads, useClass: GatewayTextThreads },
    { provide: ApiKeyStore, useClass: PostgresApiKeyStore },
    { provide: ReservationStore, useClass: PostgresReservationStore },
  ],
  exports: [ApiKeyStore],
})
export class ApiModule {}
