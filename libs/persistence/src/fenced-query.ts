import { type Connection, Query, type QueryConfig, type QueryResult } from 'pg';

/**
 * What is done right before a statement, for it not to be done where that fails: `begin` begins the transaction that it
 * belongs to, `in-transaction` makes sure that there is one.
 */
export type Fence = 'begin' | 'in-transaction';

/**
 * Each is prepared under its fence's name. LOCK TABLE is refused outside of transactions, and this lock is in nobody's
 * way.
 */
export const FENCES: Readonly<Record<Fence, string>> = {
  begin: 'BEGIN',
  'in-transaction': 'LOCK TABLE pg_catalog.pg_namespace IN ACCESS SHARE MODE',
};

/**
 * A query behind its fence, which has to be prepared on the connection. Both are sent with one Sync behind them, up to which
 * Postgres skips everything once something failed (protocol, "Extended Query"): statements that are only pipelined one
 * behind the other are each run, whatever became of the one before.
 */
export class FencedQuery extends Query {
  constructor(
    config: QueryConfig,
    fence: Fence,
    settle: { resolve: (result: QueryResult) => void; reject: (error: Error) => void },
  ) {
    // A simple query behind a fence that failed would be skipped without an answer.
    super({ ...config, queryMode: 'extended' } as QueryConfig, (error, results) =>
      error ? settle.reject(error) : settle.resolve(lastOf(results)),
    );
    const { submit } = this;
    this.submit = (connection: Connection) => {
      connection.stream.cork();
      try {
        connection.bind({ statement: fence }, true);
        connection.execute({}, true);
        // pg reads what it returns.
        return submit.call(this, connection);
      } finally {
        connection.stream.uncork();
      }
    };
  }
}

/** The fence's own comes first. */
function lastOf(results: unknown): QueryResult {
  return (Array.isArray(results) ? results.at(-1) : results) as QueryResult;
}
