import { type ServiceName, services } from '@parley/contracts';
import { ConfigurationError, urlVariable } from '@parley/service-kit';

import type { Transaction } from '../database/transaction.js';
import { migrate, type MigrateOptions } from './migrate.js';
import type { MigrationClass } from './require-migrated.js';

/** The variables of each service's migration step: spread it into the step's own `z.object({ ...migrateEnv, … })`. */
export const migrateEnv = {
  DATABASE_URL: urlVariable('postgres', 'postgresql').describe(
    'the role that the service runs with, postgres://…',
  ),
  DATABASE_ADMIN_URL: urlVariable('postgres', 'postgresql').optional(),
};

/** Rows that a service needs to start. */
export interface Seed {
  /** A description such as "3 agents". */
  readonly what: string;
  /** Runs after the migrations, each time, in one transaction. */
  readonly plant: (tx: Transaction) => Promise<void>;
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
 * A service's `migrate.ts`: migrates and prints what was done, or prints to stderr what has to be changed first and
 * exits with code 78.
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
      ...(seed && { seed: seed.plant }),
    });
    const done = [`${applied.length} migrations ran now`, ...(seed ? [seed.what] : [])].join(', ');
    process.stdout.write(`${service}: schema "${schema}" is up to date, ${done}\n`);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = error.exitCode;
  }
}
