import type { DataSource, MigrationInterface } from 'typeorm';

import { sqlStateOf } from '../database/database-errors.js';
import { SchemaOutdatedError } from '../errors.js';

/** A migration; its name ends in 13 digits (milliseconds since 1970), which give the order. */
export type MigrationClass = new () => MigrationInterface;

export const MIGRATIONS_TABLE = 'migrations';

const UNDEFINED_TABLE = '42P01';
const UNDEFINED_SCHEMA = '3F000';

/**
 * Checks that every migration that this program knows has run. A newer release may have run more.
 * @throws SchemaOutdatedError that names the missing migrations
 */
export async function requireMigrated(
  dataSource: DataSource,
  schema: string,
  migrations: readonly MigrationClass[],
): Promise<void> {
  const known = migrations.map(nameOf);
  const done = await migrationsDone(dataSource, schema);
  const missing = known.filter((name) => !done.has(name));
  if (missing.length > 0) throw new SchemaOutdatedError(schema, missing);
}

async function migrationsDone(dataSource: DataSource, schema: string): Promise<Set<string>> {
  try {
    const found: { name: string }[] = await dataSource.query(
      `SELECT name FROM "${schema}"."${MIGRATIONS_TABLE}"`,
    );
    return new Set(found.map(({ name }) => name));
  } catch (error) {
    const state = sqlStateOf(error);
    if (state === UNDEFINED_TABLE || state === UNDEFINED_SCHEMA) return new Set();
    throw error;
  }
}

function nameOf(migration: MigrationClass): string {
  return new migration().name ?? migration.name;
}
