import { services } from '@parley/contracts';
import { migrate } from '@parley/persistence';
import { postgresForTests, schemaDifferences } from '@parley/testing';
import { expect, it } from 'vitest';
import { entities } from './entities.js';
import { migrations } from './migrations/index.js';
import { SERVICE } from './orchestrator.module.js';

it("the orchestrator's entities describe the tables that its migrations create", async () => {
  const postgres = await postgresForTests();
  const databaseUrl = await postgres.createDatabase('parley');
  const warn = (): void => undefined;
  await migrate({ service: SERVICE, schema: services[SERVICE].schema, databaseUrl, migrations, warn });
  expect(await schemaDifferences(databaseUrl, services[SERVICE].schema, entities)).toEqual([]);
});
