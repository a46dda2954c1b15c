import { Logger } from '@nestjs/common';
import pg from 'pg';
import {
  DataSource,
  type EntityTarget,
  type ObjectLiteral,
  type QueryRunner,
  type Repository,
} from 'typeorm';

import { messageOf, sleep } from '@parley/resilience';
import { isConnectionLoss, errorToThrow, connectErrorToThrow } from './database-errors.js';
import { NotConnectedYetError, SchemaOutdatedError } from '../errors.js';
import { type MigrationClass, requireMigrated } from '../schema/require-migrated.js';
import { withBaseMigrations } from '../schema/base-migrations.js';
import { startupOptions } from '../schema/session-settings.js';
import { discard } from './pg-connection.js';
import { rowsOf } from './statements.js';

const RECONNECT_PAUSE_MS = 500;
/** How long to wait for a connection of the pool; less than the 2.5 s that a webhook has. */
const CONNECT_TIMEOUT_MS = 2_000;
/** How long to wait for an answer; more than the server's own statement_timeout. */
const ANSWER_TIMEOUT_MS = 10_000;
const IDLE_CONNECTION_MS = 60_000;
const DEFAULT_POOL_SIZE = 10;

export interface DatabaseOptions {
  /** The service's name, as Postgres shows it in `pg_stat_activity`. */
  readonly service: string;
  readonly schema: string;
  readonly databaseUrl: string;
  readonly migrations: readonly MigrationClass[];
  /** The classes of plain records: docs/decisions/0016-entities-for-plain-records.md. */
  readonly entities?: readonly EntityTarget<ObjectLiteral>[] | undefined;
  readonly poolSize?: number;
}

/**
 * The connection pool of a service to its own Postgres schema. It connects in the background and checks once
 * that the service's migrations have run.
 */
export class Database {
  readonly #logger = new Logger(Database.name);
  readonly #dataSource: DataSource;
  readonly #migrations: readonly MigrationClass[];
  readonly #closing = new AbortController();
  #ready = false;

  constructor(readonly options: DatabaseOptions) {
    this.#migrations = withBaseMigrations(options.migrations);
    this.#dataSource = new DataSource({
      type: 'postgres',
      // TypeORM would import `pg` by its name, and so load a second copy beside the one in our bundle.
      driver: pg,
      url: options.databaseUrl,
      schema: options.schema,
      applicationName: options.service,
      poolSize: options.poolSize ?? DEFAULT_POOL_SIZE,
      connectTimeoutMS: CONNECT_TIMEOUT_MS,
      entities: [...(options.entities ?? [])] as string[],
      installExtensions: false,
      logging: false,
      poolErrorHandler: (error: unknown) =>
        this.#logger.warn(
          `An idle connection to Postgres was lost; the pool replaces it: ${messageOf(error)}`,
        ),
      extra: {
        options: startupOptions(options.schema),
        query_timeout: ANSWER_TIMEOUT_MS,
        idleTimeoutMillis: IDLE_CONNECTION_MS,
        keepAlive: true,
        pipeline: true,
      },
    });
  }

  /** True once Postgres has answered and the schema is recent enough, even during a later outage. */
  get ready(): boolean {
    return this.#ready;
  }

  /**
   * Connects, retrying for ever, and checks the schema's version.
   * @throws SchemaOutdatedError
   */
  async connect(): Promise<void> {
    let reported = '';
    while (!this.#ready && !this.#closing.signal.aborted) {
      try {
        if (!this.#dataSource.isInitialized) await this.#dataSource.initialize();
        await requireMigrated(this.#dataSource, this.options.schema, this.#migrations);
        this.#ready = true;
      } catch (error) {
        if (error instanceof SchemaOutdatedError) throw error;
        if (reported !== messageOf(error))
          this.#logger.warn(`Cannot connect to Postgres yet; retrying: ${messageOf(error)}`);
        reported = messageOf(error);
        await this.#dropHalfOpenPool();
        await sleep(RECONNECT_PAUSE_MS, this.#closing.signal);
      }
    }
  }

  /**
   * Runs one statement outside any transaction and returns its rows.
   * @throws RetryableError when Postgres is unavailable or did not answer in time
   */
  async rows<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.#on((runner) => rowsOf<Row>(runner, { sql, values: parameters }));
  }

  /**
   * Runs `work` with the repository of a plain record, outside any transaction.
   * @throws RetryableError when Postgres is unavailable or did not answer in time
   */
  async withRepository<Entity extends ObjectLiteral, T>(
    entity: EntityTarget<Entity>,
    work: (repository: Repository<Entity>) => Promise<T>,
  ): Promise<T> {
    return this.#on((runner) => work(runner.manager.getRepository(entity)));
  }

  /**
   * Takes a connection from the pool, which the caller releases or discards.
   * @throws RetryableError when none is free within the time-out; NotConnectedYetError right after the start
   */
  async acquire(): Promise<QueryRunner> {
    if (!this.#ready) throw new NotConnectedYetError();
    const runner = this.#dataSource.createQueryRunner();
    try {
      await runner.connect();
      return runner;
    } catch (error) {
      throw connectErrorToThrow(error);
    }
  }

  /** Stops connecting and closes the pool. Running statements lose their connection. */
  async close(): Promise<void> {
    this.#ready = false;
    this.#closing.abort();
    if (this.#dataSource.isInitialized) await this.#dataSource.destroy();
  }

  async #on<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const runner = await this.acquire();
    try {
      return await work(runner);
    } catch (error) {
      if (isConnectionLoss(error)) await discard(runner, error);
      throw errorToThrow(error);
    } finally {
      await runner.release();
    }
  }

  /** Closes the pool, which TypeORM's `initialize` leaves open when it fails after the first connection. */
  async #dropHalfOpenPool(): Promise<void> {
    if (!this.#dataSource.isInitialized) await this.#dataSource.driver.disconnect().catch(() => undefined);
  }
}
