import { expect, it, onTestFinished } from 'vitest';

import { Database, type DatabaseOptions } from '../database/database.js';
import { newService } from '../testing/stack.js';
import { migrate } from './migrate.js';
import { postgres, withPostgres } from '../testing/servers.js';

withPostgres();

async function settingsOf(options: DatabaseOptions): Promise<Record<string, string>> {
  const database = new Database(options);
  onTestFinished(() => database.close());
  await database.connect();
  const names = ['enable_seqscan', 'jit', 'statement_timeout', 'lock_timeout'];
  const found = await database.rows<{ name: string; value: string }>(
    'SELECT name, current_setting(name) AS value FROM unnest($1::text[]) AS name',
    [names],
  );
  return Object.fromEntries(found.map(({ name, value }) => [name, value]));
}

it("a service's sessions use indexes, compile nothing, and limit the time of statements and locks", async () => {
  const service = await newService(postgres);
  await migrate(service);
  expect(await settingsOf(service)).toEqual({
    enable_seqscan: 'off',
    jit: 'off',
    statement_timeout: '5s',
    lock_timeout: '2s',
  });
});

it("the options in a database URL replace the sessions' own settings", async () => {
  const service = await newService(postgres);
  await migrate(service);
  const url = new URL(service.databaseUrl);
  url.searchParams.set('options', `-c search_path=${service.schema} -c enable_seqscan=on`);
  expect(await settingsOf({ ...service, databaseUrl: url.href })).toMatchObject({ enable_seqscan: 'on' });
});
