import {
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { ServiceName } from '@parley/contracts';
import type { DataKeys } from '@parley/encryption';
import { FailedMessages, JetStreamPublisher, MessageCodec, NatsLink } from '@parley/messaging';

import { Database, type DatabaseOptions } from './database/database.js';
import { DuePoll } from './due-poll.js';
import { SchemaOutdatedError } from './errors.js';
import { deadLettersResponder } from './inbox/dead-letters.responder.js';
import { DeadLetters } from './inbox/dead-letters.js';
import { inboxMissingResponder } from './inbox/inbox-missing.responder.js';
import { Inbox } from './inbox/inbox.js';
import { PostgresFailedMessages } from './inbox/postgres-failed-messages.js';
import { PurgeInbox } from './jobs/purge-inbox.js';
import { PurgeOutbox } from './jobs/purge-outbox.js';
import { ScheduledJobs } from './jobs/scheduled-jobs.js';
import { OutboxRelay } from './outbox/outbox-relay.js';
import { Outbox } from './outbox/outbox.js';
import { persistenceTimes, type PersistenceTimes } from './persistence-times.js';
import { Transactions } from './database/transactions.js';

export interface PersistenceOptions extends DatabaseOptions {
  readonly service: ServiceName;
  readonly dataKeys: DataKeys;
  /** Default: unscaled. */
  readonly times?: PersistenceTimes;
}

/** The providers that a service injects. The module is global, so Nest closes it after all modules that use it. */
@Module({})
class PersistenceProvidersModule implements OnApplicationShutdown {
  constructor(@Inject(Database) private readonly database: Database) {}

  async onApplicationShutdown(): Promise<void> {
    await this.database.close();
  }
}

/**
 * A service's Postgres schema with its transactions, outbox, relay, inbox and scheduled jobs. Needs
 * MessagingModule. It connects in the background; a schema that is too old ends the process. It is not
 * global, because Nest closes global modules last, and the relay must stop before NATS.
 */
@Module({})
export class PersistenceModule implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #logger = new Logger(PersistenceModule.name);

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(OutboxRelay) private readonly relay: OutboxRelay,
    @Inject(ScheduledJobs) private readonly jobs: ScheduledJobs,
  ) {}

  static forService(options: PersistenceOptions): DynamicModule {
    return {
      module: PersistenceModule,
      imports: [providersOf(options)],
      controllers: [inboxMissingResponder(options.service), deadLettersResponder(options.service)],
    };
  }

  onApplicationBootstrap(): void {
    void this.#start();
  }

  /** Nest calls this after handlers and loops have ended, so the relay publishes all that they committed. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([this.relay.stop(), this.jobs.stop()]);
  }

  async #start(): Promise<void> {
    try {
      await this.database.connect();
      if (!this.database.ready) return;
      this.relay.start();
      this.jobs.start();
    } catch (error) {
      if (!(error instanceof SchemaOutdatedError)) throw error;
      this.#logger.fatal(error.message);
      process.exit(error.exitCode);
    }
  }
}

function providersOf(options: PersistenceOptions): DynamicModule {
  const times = options.times ?? persistenceTimes;
  return {
    module: PersistenceProvidersModule,
    global: true,
    providers: [
      { provide: Database, useFactory: () => new Database(options) },
      { provide: Transactions, useFactory: (db: Database) => new Transactions(db), inject: [Database] },
      { provide: DuePoll, useFactory: (db: Database) => new DuePoll(db, times), inject: [Database] },
      Inbox,
      {
        provide: OutboxRelay,
        useFactory: (db: Database, publisher: JetStreamPublisher, link: NatsLink, poll: DuePoll) =>
          new OutboxRelay(options.service, db, publisher, link, times, poll),
        inject: [Database, JetStreamPublisher, NatsLink, DuePoll],
      },
      {
        provide: ScheduledJobs,
        useFactory: (db: Database) => {
          const jobs = new ScheduledJobs(db, times);
          jobs.add(new PurgeOutbox(db));
          jobs.add(new PurgeInbox(db));
          return jobs;
        },
        inject: [Database],
      },
      {
        provide: Outbox,
        useFactory: (codec: MessageCodec, relay: OutboxRelay) => new Outbox(options.service, codec, relay),
        inject: [MessageCodec, OutboxRelay],
      },
      {
        provide: FailedMessages,
        useFactory: (db: Database) => new PostgresFailedMessages(db, options.dataKeys),
        inject: [Database],
      },
      {
        provide: DeadLetters,
        useFactory: (db: Database) => new DeadLetters(db, options.dataKeys),
        inject: [Database],
      },
    ],
    exports: [
      DeadLetters,
      Database,
      Transactions,
      DuePoll,
      Inbox,
      OutboxRelay,
      Outbox,
      ScheduledJobs,
      FailedMessages,
    ],
  };
}
