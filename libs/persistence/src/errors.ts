import { NotReadyYetError, RetryableError } from '@parley/resilience';
import { ConfigurationError } from '@parley/service-kit';

/**
 * The connection was lost during COMMIT: the transaction may be committed or not. A unique key decides when the work
 * is retried.
 */
export class CommitOutcomeUnknownError extends RetryableError {
  override readonly name = 'CommitOutcomeUnknownError';
}

/** Postgres has not answered since the start; `Database` itself logs that while it connects. */
export class NotConnectedYetError extends NotReadyYetError {
  override readonly name = 'NotConnectedYetError';
  constructor() {
    super('Postgres has not answered yet');
  }
}

/** COMMIT rolled back because the work swallowed a statement's error. A bug of the caller. */
export class TransactionAbortedError extends Error {
  override readonly name = 'TransactionAbortedError';
  constructor() {
    super('The transaction was rolled back: one of its statements had failed');
  }
}

/** The schema in the database is older than this program. */
export class SchemaOutdatedError extends ConfigurationError {
  override readonly name = 'SchemaOutdatedError';
  constructor(
    readonly schema: string,
    readonly missing: readonly string[],
  ) {
    super(`Schema "${schema}" is older than this program: run its migrations first (${missing.join(', ')})`);
  }
}

/** The migrations cannot run; the message says what to change. It never holds a password. */
export class MigrationError extends ConfigurationError {
  override readonly name = 'MigrationError';
}
