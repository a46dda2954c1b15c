import pg, { Client } from 'pg';
import { DataSource, type EntityTarget, type ObjectLiteral } from 'typeorm';

import { messageOf } from '@parley/resilience';
import { sqlStateOf } from '../database/database-errors.js';
import { MigrationError } from '../errors.js';
import { installJobs, jobsSchemaOf } from '../jobs/jobs-schema.js';
import type { Transaction } from '../database/transaction.js';
import { runTransaction } from '../database/transactions.js';
import { withBaseMigrations } from './base-migrations.js';
import { type DatabaseTarget, readDatabaseUrl } from './database-urls.js';
import { type MigrationClass, MIGRATIONS_TABLE } from './require-migrated.js';
import { createSchema, ownerOf, setUpRoles } from './roles.js';

/** The advisory lock of all services' migrations in a database: "parley" in ASCII. */
const MIGRATION_LOCK = '123580762940793';
const LOCK_WAIT = '120s';
const CONNECT_TIMEOUT_MS = 5_000;
/** The settings of a migration's session: a short wait for locks, because running services would queue behind it. */
const MIGRATION_SESSION =
  '-c lock_timeout=10s -c statement_timeout=0 -c idle_in_transaction_session_timeout=0';

export interface MigrateOptions {
  readonly service: string;
  readonly schema: string;
  /** `DATABASE_ADMIN_URL`. Without it, the role of `databaseUrl` also migrates, with a warning. */
  readonly adminUrl?: string | undefined;
  /** `DATABASE_URL`, with the runtime role's name and password. */
  readonly databaseUrl: string;
  /** The service's own migrations; those of outbox and inbox are added. */
  readonly migrations: readonly MigrationClass[];
  /** The entities that `seed` uses. */
  readonly entities?: readonly EntityTarget<ObjectLiteral>[] | undefined;
  /** Runs after the migrations, each time, as the schema's owner and in one transaction. */
  readonly seed?: (tx: Transaction) => Promise<void>;
  /** Default: a line on stderr. */
  readonly warn?: (line: string) => void;
}

export interface MigrationReport {
  /** The names of the migrations that this call ran. */
  readonly applied: string[];
}

/**
 * Migrates a service's schemas: roles, schemas, grants, migrations, scheduled work, seed. Several services, replicas
 * and databases may do so at the same time.
 * @throws MigrationError
 */
export async function migrate(options: MigrateOptions): Promise<MigrationReport> {
  const runtime = readDatabaseUrl('DATABASE_URL', options.databaseUrl);
  const admin = adminOf(options, runtime);
  const client = await connected(admin, options.service);
  try {
    await client.query(`SET lock_timeout = '${LOCK_WAIT}'; SET statement_timeout = 0`);
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const schemas = [options.schema, jobsSchemaOf(options.schema)] as const;
    if (admin !== runtime) await setUpRoles(client, runtime, schemas);
    else for (const schema of schemas) await createSchema(client, schema, runtime.user);
    const owner = admin === runtime ? runtime.user : ownerOf(runtime.user);
    const report = await runMigrations(options, admin, owner);
    await installJobs(admin.url, `-c role=${owner} ${MIGRATION_SESSION}`, jobsSchemaOf(options.schema));
    if (admin !== runtime) await protectHistory(client, options.schema, runtime.user);
    return report;
  } catch (error) {
    throw explained(error, admin, options);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function adminOf(options: MigrateOptions, runtime: DatabaseTarget): DatabaseTarget {
  const admin = options.adminUrl ? readDatabaseUrl('DATABASE_ADMIN_URL', options.adminUrl) : runtime;
  if (admin.database !== runtime.database) {
    throw new MigrationError(
      `DATABASE_ADMIN_URL names the database "${admin.database}", but DATABASE_URL names "${runtime.database}"; use one`,
    );
  }
  if (admin.user !== runtime.user) return admin;
  const warn = options.warn ?? ((line) => process.stderr.write(`${line}\n`));
  warn(
    `${options.service}: DATABASE_ADMIN_URL names no other role, so "${runtime.user}" owns schema ` +
      `"${options.schema}" and also runs the service. To separate the services, set DATABASE_ADMIN_URL.`,
  );
  return runtime;
}

async function connected(target: DatabaseTarget, service: string): Promise<Client> {
  const client = new Client({
    connectionString: target.url,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    application_name: `${service} migrate`,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw new MigrationError(
      `Cannot connect to Postgres at ${target.server} as "${target.user}", database "${target.database}": ` +
        messageOf(error),
      { cause: error },
    );
  }
}

async function runMigrations(
  options: MigrateOptions,
  admin: DatabaseTarget,
  owner: string,
): Promise<MigrationReport> {
  const dataSource = new DataSource({
    type: 'postgres',
    driver: pg,
    url: admin.url,
    schema: options.schema,
    applicationName: `${options.service} migrate`,
    poolSize: 1,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    entities: [...(options.entities ?? [])] as string[],
    migrations: [...withBaseMigrations(options.migrations)],
    migrationsTableName: MIGRATIONS_TABLE,
    installExtensions: false,
    logging: false,
    poolErrorHandler: () => undefined,
    extra: { options: `-c role=${owner} -c search_path=${options.schema} ${MIGRATION_SESSION}` },
  });
  await dataSource.initialize();
  try {
    const applied = await dataSource.runMigrations({ transaction: 'each' });
    if (options.seed) {
      const runner = dataSource.createQueryRunner();
      try {
        await runTransaction(runner, options.seed);
      } finally {
        await runner.release();
      }
    }
    return { applied: applied.map(({ name }) => name) };
  } finally {
    await dataSource.destroy();
  }
}

/** Lets the runtime role read the table of migrations, but not change it. */
async function protectHistory(admin: Client, schema: string, role: string): Promise<void> {
  const table = `${admin.escapeIdentifier(schema)}.${admin.escapeIdentifier(MIGRATIONS_TABLE)}`;
  await admin.query(`REVOKE INSERT, UPDATE, DELETE ON ${table} FROM ${admin.escapeIdentifier(role)}`);
}

function explained(error: unknown, admin: DatabaseTarget, { schema }: MigrateOptions): Error {
  if (error instanceof MigrationError) return error;
  const state = sqlStateOf(error);
  if (state === '42501') {
    return new MigrationError(
      `Role "${admin.user}" lacks the rights to set up schema "${schema}" (${messageOf(error)}); it needs ` +
        `CREATEROLE and CREATE on database "${admin.database}"`,
      { cause: error },
    );
  }
  return new MigrationError(`Schema "${schema}" could not be migrated: ${messageOf(error)}`, {
    cause: error,
  });
}
