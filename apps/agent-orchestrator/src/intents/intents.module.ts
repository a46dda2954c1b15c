import { Module } from '@nestjs/common';
import { DataKeys } from '@parley/encryption';
import { Database } from '@parley/persistence';
import { ContactsModule } from '../contacts/contacts.module.js';
import { ConversationsModule } from '../conversations/conversations.module.js';
import { PostgresPendingVerifications } from './adapters/postgres-pending-verifications.js';
import { AnswerIntents } from './answer-intents.js';
import { FollowVerification } from './follow-verification.js';
import { PendingVerifications } from './pending-verifications.js';
import { SendToNumber } from './send-to-number.js';
import { VerifyPhone } from './verify-phone.js';

/** The texts of a turn → AnswerIntents → VerifyPhone (rpc.verification.*, LinkIdentity), SendToNumber, UnlinkIdentity. */
@Module({
  imports: [ConversationsModule, ContactsModule],
  providers: [
    AnswerIntents,
    VerifyPhone,
    SendToNumber,
    FollowVerification,
    {
      provide: PendingVerifications,
      useFactory: (database: Database, keys: DataKeys) => new PostgresPendingVerifications(database, keys),
      inject: [Database, DataKeys],
    },
  ],
  exports: [AnswerIntents, FollowVerification],
})
export class IntentsModule {}
