import { messageOf, RetryableError } from '@parley/resilience';
import { DatabaseError } from 'pg';
import {
  QueryFailedError,
  QueryRunnerAlreadyReleasedError,
  QueryRunnerProviderAlreadyReleasedError,
} from 'typeorm';

/** SQLSTATEs (https://www.postgresql.org/docs/18/errcodes-appendix.html) after which the same work may succeed. */
const RETRYABLE_STATES = new Set([
  '25006', // read_only_sql_transaction: connected to a standby during a failover
  '25P03', // idle_in_transaction_session_timeout
  '26000', // invalid_sql_statement_name: a prepared statement was deallocated
  '25P04', // transaction_timeout
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '55P03', // lock_not_available: lock_timeout
  '57014', // query_canceled: statement_timeout
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '57P05', // idle_session_timeout
]);
/** Classes of SQLSTATEs: connection_exception, insufficient_resources. */
const RETRYABLE_CLASSES = ['08', '53'];

/** feature_not_supported. Postgres also sends it for a prepared statement after a migration has changed its columns. */
const NOT_SUPPORTED = '0A000';
const STALE_PLAN = 'cached plan must not change result type';

/** States after which the server has closed the connection, is about to, or has lost its prepared statements. */
const CONNECTION_LOST_STATES = new Set(['25P03', '25P04', '26000', '57P01', '57P02', '57P03', '57P05']);

/** Returns the SQLSTATE of an error that Postgres sent; undefined for other errors. */
export function sqlStateOf(error: unknown): string | undefined {
  const cause = driverErrorOf(error);
  return cause instanceof DatabaseError ? cause.code : undefined;
}

/** Returns whether the connection cannot be used any more. */
export function isConnectionLoss(error: unknown): boolean {
  if (
    error instanceof QueryRunnerAlreadyReleasedError ||
    error instanceof QueryRunnerProviderAlreadyReleasedError
  )
    return true;
  const cause = driverErrorOf(error);
  if (cause instanceof DatabaseError) {
    const isStale = cause.code === NOT_SUPPORTED && cause.message === STALE_PLAN;
    return isStale || CONNECTION_LOST_STATES.has(cause.code ?? '') || cause.code?.startsWith('08') === true;
  }
  // pg's own errors (connection ended, reset, timed out) have no class and no SQLSTATE. A parameter that pg
  // cannot serialise causes a TypeError or RangeError.
  return error instanceof QueryFailedError && !(cause instanceof TypeError) && !(cause instanceof RangeError);
}

/**
 * Returns the error to throw to the library's caller: a RetryableError if the same work may succeed later,
 * else the error itself. Removes the values of the failed statement, which must not reach a log.
 */
export function errorToThrow(error: unknown): unknown {
  if (error instanceof RetryableError) return error;
  withoutValues(error);
  const state = sqlStateOf(error);
  const retryable =
    isConnectionLoss(error) ||
    (state !== undefined &&
      (RETRYABLE_STATES.has(state) || RETRYABLE_CLASSES.some((prefix) => state.startsWith(prefix))));
  return retryable ? new RetryableError(messageOf(error), { cause: error }) : error;
}

/** Like `errorToThrow`, for an error while connecting. Without an SQLSTATE, Postgres could not be reached. */
export function connectErrorToThrow(error: unknown): unknown {
  return error instanceof DatabaseError
    ? errorToThrow(error)
    : new RetryableError(`Postgres is unavailable: ${messageOf(error)}`, { cause: error });
}

function driverErrorOf(error: unknown): unknown {
  return error instanceof QueryFailedError ? error.driverError : error;
}

/** Removes values from an error: `detail` and `where` quote rows, and TypeORM adds the parameters. */
function withoutValues(error: unknown): void {
  const cause = driverErrorOf(error);
  for (const holder of [error, cause]) {
    if (!(holder instanceof QueryFailedError || holder instanceof DatabaseError)) continue;
    for (const field of ['parameters', 'detail', 'where']) Reflect.deleteProperty(holder, field);
  }
}
