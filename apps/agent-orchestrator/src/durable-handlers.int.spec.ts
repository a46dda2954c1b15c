import { catalogue, durableOf, SmsReceived, typeOf, type Contract, services } from '@parley/contracts';
import { connectMessaging, DurableHandlers, MessageCodec, sourceOf } from '@parley/messaging';
import { Database, migrate, Outbox, Transactions } from '@parley/persistence';
import { createLogger, createServiceApp, newId, parseEnv, ServiceState } from '@parley/service-kit';
import { endsBeforeItsTransactions, postgresForTests } from '@parley/testing';
import { waitUntil } from '@parley/local-stack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AgentSeeding } from './agents/adapters/postgres-agent-seeding.js';
import { migrations } from './migrations/index.js';
import { OrchestratorEnv } from './orchestrator.env.js';
import { OrchestratorModule, SERVICE } from './orchestrator.module.js';
import { someAgent } from './testing/orchestrator.js';

let app: Awaited<ReturnType<typeof createServiceApp>>;

beforeAll(async () => {
  const postgres = await postgresForTests();
  const adminUrl = await postgres.createDatabase('handlers');
  const role = { username: 'handlers', password: 'test' };
  const databaseUrl = Object.assign(new URL(adminUrl), role).href;
  await migrate({ service: SERVICE, schema: services[SERVICE].schema, migrations, adminUrl, databaseUrl });
  const env = parseEnv(SERVICE, OrchestratorEnv, {
    DATABASE_URL: databaseUrl,
    NATS_URL: 'nats://127.0.0.1:1',
    PARLEY_DATA_KEYS: `test:${Buffer.alloc(32, 1).toString('base64')}`,
    LOG_LEVEL: 'silent',
  });
  const options = { module: OrchestratorModule.for(env), configure: connectMessaging };
  app = await createServiceApp(options, createLogger(SERVICE, env), new ServiceState());
  await app.init();
  await app.startAllMicroservices();
  await waitUntil('the database', () => app.get(Database).ready, { timeoutMs: 30_000 });
  const seeding = new AgentSeeding(env.PARLEY_DATA_KEYS, app.get(Outbox));
  await app.get(Transactions).run((tx) => seeding.execute(tx, [someAgent()]));
});
afterAll(() => app.close());

/**
 * Changes to the examples. The append command needs an existing thread; the example of `SmsReceived`, which is handled
 * first, opens this one.
 */
const KNOWN = { 'cmd.conversation.append.v1': { target: SmsReceived.example.threadId } } as const;

const consumed = catalogue
  .filter(({ consumers }) => consumers.includes(SERVICE))
  .map((contract) => [typeOf(contract), contract] as const);

describe('a durable handler', () => {
  it.each(consumed)(
    'the handler of %s ends only after its transactions have ended',
    async (type, contract: Contract) => {
      const data = contract.schema.parse({ ...contract.example, ...(KNOWN as Record<string, object>)[type] });
      const source = sourceOf('spec');
      const time = new Date().toISOString();
      const message = app.get(MessageCodec).encode(contract, data, { id: newId('evt'), source, time });
      const handle = () => app.get(DurableHandlers).handle(durableOf(contract, SERVICE), message);
      expect(await endsBeforeItsTransactions(app.get(Transactions), handle)).toBe(false);
    },
  );
});
