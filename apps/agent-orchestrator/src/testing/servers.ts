import { services } from '@parley/contracts';
import type { LocalNats, LocalPostgres } from '@parley/local-stack';
import { migrate } from '@parley/persistence';
import { natsForTests, postgresForTests } from '@parley/testing';
import { afterAll, beforeAll } from 'vitest';
import { migrations } from '../migrations/index.js';
import { SERVICE } from '../orchestrator.module.js';

/** The servers of the spec file that runs. */
export let postgres: LocalPostgres;
export let nats: LocalNats;

/** One database for one spec file, whose tests run one after the other. */
let migrated: Promise<string> | undefined;

/** Gives a spec file an empty Postgres, on which `givenOrchestrator` starts the service. */
export function withPostgres(): void {
  beforeAll(async () => {
    migrated = undefined;
    postgres = await postgresForTests();
  });
}

/** Gives a spec file a nats-server. */
export function withNats(): void {
  let stop: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    ({ nats, stop } = await natsForTests());
  });
  afterAll(() => stop?.());
}

/** Returns the URL of the service's migrated database. */
export function orchestratorDatabase(): Promise<string> {
  return (migrated ??= migratedDatabase());
}

async function migratedDatabase(): Promise<string> {
  const adminUrl = await postgres.createDatabase('orchestrator');
  const role = { username: 'orchestrator', password: 'secret' };
  const databaseUrl = Object.assign(new URL(adminUrl), role).href;
  await migrate({ service: SERVICE, schema: services[SERVICE].schema, adminUrl, databaseUrl, migrations });
  return databaseUrl;
}
