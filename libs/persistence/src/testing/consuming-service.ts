import { Controller, Module } from '@nestjs/common';
import { SmsReceived } from '@parley/contracts';
import type { LocalNats, LocalPostgres } from '@parley/local-stack';
import { connectMessaging, type MessageContext, MessagingModule, OnFact } from '@parley/messaging';
import { createLogger, createServiceApp } from '@parley/service-kit';
import { onTestFinished } from 'vitest';

import { Inbox } from '../inbox/inbox.js';
import { PersistenceModule } from '../persistence.module.js';
import { rows } from '../database/transaction.js';
import { Transactions } from '../database/transactions.js';
import { connectedService, keys } from './stack.js';

type Handler = (sms: SmsReceived, context: MessageContext, takeIn: () => Promise<void>) => Promise<void>;

/**
 * Creates the service that consumes `SmsReceived` and records each text once in its own database. Tests start
 * and stop its process, and can replace its handler.
 */
export async function consumingService(postgres: LocalPostgres, nats: LocalNats) {
  const service = await connectedService(postgres);
  let handle: Handler = (_sms, _context, takeIn) => takeIn();

  @Controller()
  class TextConsumer {
    constructor(
      private readonly transactions: Transactions,
      private readonly inbox: Inbox,
    ) {}

    @OnFact(SmsReceived)
    async receive(sms: SmsReceived, context: MessageContext): Promise<void> {
      await handle(sms, context, () =>
        this.transactions.run(async (tx) => {
          if (!(await this.inbox.once(tx, context.consumer, context.envelope.id))) return;
          await rows(tx, 'INSERT INTO note (text) VALUES ($1)', [`${sms.threadId} ${sms.threadSeq}`]);
        }),
      );
    }
  }

  @Module({
    imports: [
      MessagingModule.forService({ service: 'agent-orchestrator', natsUrl: nats.url, dataKeys: keys }),
      PersistenceModule.forService({ ...service, service: 'agent-orchestrator', dataKeys: keys }),
    ],
    controllers: [TextConsumer],
  })
  class ConsumingModule {}

  const start = async (): Promise<() => Promise<void>> => {
    const logger = createLogger('consumer', { LOG_LEVEL: 'silent', LOG_FORMAT: 'json' });
    const app = await createServiceApp({ module: ConsumingModule, configure: connectMessaging }, logger);
    let closed: Promise<void> | undefined;
    const stop = (): Promise<void> => (closed ??= app.close());
    onTestFinished(stop);
    await app.startAllMicroservices();
    return stop;
  };

  return {
    database: service.database,
    start,
    handleWith: (handler: Handler) => {
      handle = handler;
    },
    /** The numbers of a thread's texts, in the order in which they were handled. */
    taken: async (thread: string): Promise<number[]> => {
      const notes = await service.database.rows<{ text: string }>(
        `SELECT text FROM note WHERE text LIKE $1 || ' %' ORDER BY id`,
        [thread],
      );
      return notes.map(({ text }) => Number(text.slice(thread.length)));
    },
  };
}
