import { type ServiceName, services } from '@parley/contracts';
import { ConfigurationError, urlVariable } from '@parley/service-kit';

import type { Transaction } from '../database/transaction.js';
import { migrate, type MigrateOptions } from './migrate.js';
import type { MigrationClass } from './require-migrated.js';

/** The settings of each service's migration step, to spread into the step's own `z.object`. */
export const migrateEnv = {
  DATABASE_URL: urlVariable('postgres', 'postgresql').describe(
    'the URL with which the service connects, postgres://…',
  ),
  DATABASE_ADMIN_URL: urlVariable('postgres', 'postgresql').optional(),
};

/** Rows that a service needs to start. */
export interface Seed {
  /** What the seed contains, for the output, such as "3 agents". */
  readonly summary: string;
  /** Runs after the migrations, each time, in one transaction. */
  readonly run: (tx: Transaction) => Promise<void>;
}

export interface MigrateStep {
  readonly service: ServiceName;
  readonly env: { readonly DATABASE_URL: string; readonly DATABASE_ADMIN_URL?: string | undefined };
  readonly migrations: readonly MigrationClass[];
  readonly entities?: MigrateOptions['entities'];
  /** Reads the seed, before anything is migrated. */
  readonly readSeed?: () => Promise<Seed>;
}

/**
 * Migrates a service's schema and prints a summary. If the settings do not allow it, prints to stderr what to
 * change and exits with code 78.
 */
export async function runMigrateStep({
  service,
  env,
  migrations,
  entities,
  readSeed,
}: MigrateStep): Promise<void> {
  const { schema } = services[service];
  try {
    const seed = await readSeed?.();
    const { applied } = await migrate({
      service,
      schema,
      adminUrl: env.DATABASE_ADMIN_URL,
      databaseUrl: env.DATABASE_URL,
      migrations,
      entities,
      ...(seed && { seed: seed.run }),
    });
    const done = [`${applied.length} migrations ran now`, ...(seed ? [seed.summary] : [])].join(', ');
    process.stdout.write(`${service}: schema "${schema}" is up to date, ${done}\n`);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}
