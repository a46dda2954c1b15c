import { migrate, MigrationError } from '@parley/persistence';
import { EXIT_CONFIGURATION, readEnv, urlVariable } from '@parley/service-kit';
import { z } from 'zod';
import { SCHEMA, SERVICE } from './voice.module.js';
import { migrations } from './migrations/index.js';

const MigrateEnv = z.object({
  DATABASE_URL: urlVariable('postgres', 'postgresql').describe(
    'the role that the service runs with, postgres://…',
  ),
  DATABASE_ADMIN_URL: urlVariable('postgres', 'postgresql').optional(),
});

const env = readEnv(`${SERVICE} migrate`, MigrateEnv);

try {
  const { applied } = await migrate({
    service: SERVICE,
    schema: SCHEMA,
    adminUrl: env.DATABASE_ADMIN_URL,
    databaseUrl: env.DATABASE_URL,
    migrations,
  });
  process.stdout.write(
    `${SERVICE}: schema "${SCHEMA}" is up to date, ${applied.length} migrations ran now\n`,
  );
} catch (error) {
  if (!(error instanceof MigrationError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = EXIT_CONFIGURATION;
}
