import { waitUntil } from '@parley/local-stack';
import { MessagingModule } from '@parley/messaging';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SmsReceived } from '@parley/contracts';
import { expect, it, onTestFinished, vi } from 'vitest';

import { Database } from './database/database.js';
import { Outbox } from './outbox/outbox.js';
import { PersistenceModule } from './persistence.module.js';
import { migrate } from './schema/migrate.js';
import { clientOf, keys, linkTo, newService, runtimePassword } from './testing/stack.js';
import { storedMessages } from './testing/stored-messages.js';
import { Transactions } from './database/transactions.js';
import { nats, postgres, withNats, withPostgres } from './testing/servers.js';

withPostgres();
withNats();

/** Imports persistence first, because the order of imports must not change the order of shutting down. */
@Module({})
class Root {}

async function startApp(service: Awaited<ReturnType<typeof newService>>) {
  const app = await NestFactory.createApplicationContext(
    {
      module: Root,
      imports: [
        PersistenceModule.forService({ ...service, service: 'sms-gateway', dataKeys: keys }),
        MessagingModule.forService({ service: 'sms-gateway', natsUrl: nats.url, dataKeys: keys }),
      ],
    },
    { logger: false },
  );
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= app.close());
  onTestFinished(close);
  return { app, close };
}

it('a service that stops right after a commit still publishes the committed message', async () => {
  const service = await newService(postgres);
  await migrate(service);
  const { app, close } = await startApp(service);
  await waitUntil('the leases to be taken', async () => {
    const database = app.get(Database);
    if (!database.ready) return false;
    const free = await database.rows('SELECT 1 FROM outbox_partition WHERE lease_token IS NULL');
    return free.length === 0;
  });
  await app
    .get(Transactions)
    .run((tx) =>
      app.get(Outbox).add(tx, { contract: SmsReceived, data: SmsReceived.example as SmsReceived }),
    );
  await close();
  const runtime = await clientOf(service.databaseUrl);
  expect((await runtime.query('SELECT published_at IS NOT NULL AS published FROM outbox')).rows).toEqual([
    { published: true },
  ]);
  expect((await runtime.query('SELECT 1 FROM outbox_partition WHERE lease_token IS NOT NULL')).rowCount).toBe(
    0,
  );
  expect(await storedMessages(linkTo(nats).link, 'int')).toHaveLength(1);
});

it('a service whose schema is too old exits with code 78', async () => {
  const service = await newService(postgres);
  const admin = await clientOf(service.adminUrl);
  await admin.query(
    `CREATE ROLE ${new URL(service.databaseUrl).username} LOGIN PASSWORD '${runtimePassword}'`,
  );
  const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never);
  onTestFinished(() => exit.mockRestore());
  await startApp(service);
  await waitUntil('the process to end', () => exit.mock.calls.length > 0);
  expect(exit).toHaveBeenCalledWith(78);
});
