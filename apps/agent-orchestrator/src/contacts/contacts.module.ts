import { Module } from '@nestjs/common';
import { DataKeys } from '@parley/encryption';
import { Database } from '@parley/persistence';
import { addressColumns } from '../conversations/adapters/address-columns.js';
import { ConversationsModule } from '../conversations/conversations.module.js';
import { PostgresContactStore } from './adapters/postgres-contact-store.js';
import { ContactStore } from './contact-store.js';
import { LinkIdentity } from './link-identity.js';
import { UnlinkIdentity } from './unlink-identity.js';

/** A proof → LinkIdentity → one contact, one conversation with each agent, and the events. UnlinkIdentity undoes it. */
@Module({
  imports: [ConversationsModule],
  providers: [
    LinkIdentity,
    UnlinkIdentity,
    {
      provide: ContactStore,
      useFactory: (database: Database, keys: DataKeys) =>
        new PostgresContactStore(database, addressColumns(keys)),
      inject: [Database, DataKeys],
    },
  ],
  exports: [ContactStore, LinkIdentity, UnlinkIdentity],
})
export class ContactsModule {}
