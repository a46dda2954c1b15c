import type { Socket } from 'node:net';

import { type ClientBase, type Connection, Query, type QueryConfig, type QueryResult } from 'pg';
import { type QueryRunner, QueryRunnerAlreadyReleasedError } from 'typeorm';

/*
 * The only file that uses private members of `pg` and TypeORM: a connection's socket, a query's `submit`, how
 * a query runner closes its connection, and whether it is in a transaction. After an update of either
 * package, run transactions.int.spec.ts, which tests all of them.
 */

/**
 * A statement that is sent in one message before another, which Postgres skips if the preamble fails. `begin`
 * begins a transaction; `in-transaction` fails unless a transaction is open.
 */
export type Preamble = 'begin' | 'in-transaction';

/**
 * The SQL of each preamble, prepared on the connection under the preamble's name. Postgres refuses LOCK TABLE outside a
 * transaction, and this lock blocks nothing that a service does.
 */
const PREAMBLES: Readonly<Record<Preamble, string>> = {
  begin: 'BEGIN',
  'in-transaction': 'LOCK TABLE pg_catalog.pg_namespace IN ACCESS SHARE MODE',
};

const withPreambles = new WeakSet<ClientBase>();

/** The `pg` client behind a query runner. @throws QueryRunnerAlreadyReleasedError */
export async function clientOf(runner: QueryRunner): Promise<ClientBase> {
  if (runner.isReleased) throw new QueryRunnerAlreadyReleasedError();
  return (await runner.connect()) as ClientBase;
}

/** Sends all that is written to the connection before the next tick with one write. */
export function writeTogether(client: ClientBase): void {
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  stream.cork();
  process.nextTick(() => stream.uncork());
}

/**
 * Closes a connection instead of returning it to the pool, because a late answer to one statement must not be read as
 * the answer to another.
 */
export async function discard(runner: QueryRunner, error: unknown): Promise<void> {
  const closable = runner as unknown as { releasePostgresConnection(error: unknown): Promise<void> };
  await closable.releasePostgresConnection(error);
}

/**
 * Lets TypeORM know that a transaction is open. Otherwise `save` and `remove` of a repository would begin and
 * commit their own.
 */
export function markInTransaction(runner: QueryRunner): void {
  (runner as { isTransactionActive: boolean }).isTransactionActive = true;
}

/** Whether statements on this connection may have a preamble. */
export function hasPreambles(client: ClientBase): boolean {
  return withPreambles.has(client);
}

/** Prepares the preambles by running each once. A transaction is open afterwards. */
export async function beginWithPreambles(client: ClientBase): Promise<void> {
  for (const [name, sql] of Object.entries(PREAMBLES)) await client.query({ name, text: sql });
  withPreambles.add(client);
}

/** Runs a statement behind its preamble, on a connection that has preambles. */
export function queryWithPreamble(
  client: ClientBase,
  config: QueryConfig,
  preamble: Preamble,
): Promise<QueryResult> {
  return new Promise((resolve, reject) => {
    client.query(new QueryWithPreamble(config, preamble, { resolve, reject }));
  });
}

/**
 * Sends the preamble and the statement with one Sync after both. After an error, Postgres skips everything up
 * to the next Sync (protocol, "Extended Query"). Pipelined statements have a Sync each, so a statement would
 * run even if the one before it failed.
 */
class QueryWithPreamble extends Query {
  constructor(
    config: QueryConfig,
    preamble: Preamble,
    settle: { resolve: (result: QueryResult) => void; reject: (error: Error) => void },
  ) {
    // Postgres would skip a simple query after a failed preamble and not answer it.
    super({ ...config, queryMode: 'extended' } as QueryConfig, (error, results) =>
      error ? settle.reject(error) : settle.resolve(ownOf(results)),
    );
    const { submit } = this;
    this.submit = (connection: Connection) => {
      connection.stream.cork();
      try {
        connection.bind({ statement: preamble }, true);
        connection.execute({}, true);
        // pg uses the returned value.
        return submit.call(this, connection);
      } finally {
        connection.stream.uncork();
      }
    };
  }
}

/** Returns the statement's own result, which comes after the preamble's. */
function ownOf(results: unknown): QueryResult {
  return (Array.isArray(results) ? results.at(-1) : results) as QueryResult;
}
