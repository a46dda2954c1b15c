import { NotReadyYetError, RetryableError } from '@parley/resilience';
import { ConfigurationError } from '@parley/service-kit';

/**
 * The connection was lost during COMMIT, so the transaction may be committed or not. A retry of the work must
 * be safe in both cases.
 */
export class CommitOutcomeUnknownError extends RetryableError {
  override readonly name = 'CommitOutcomeUnknownError';
}

/** Postgres has not answered since the process started. `Database` logs that while it connects. */
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
    super(
      'The transaction was rolled back, because one of its statements failed and the work ignored the error',
    );
  }
}

/** The schema in the database is older than this program. */
export class SchemaOutdatedError extends ConfigurationError {
  override readonly name = 'SchemaOutdatedError';
  constructor(
    readonly schema: string,
    readonly missing: readonly string[],
  ) {
    super(`Schema "${schema}" is older than this program; run its migrations first (${missing.join(', ')})`);
  }
}

/** The migrations cannot run. The message says what to change, and contains no password. */
export class MigrationError extends ConfigurationError {
  override readonly name = 'MigrationError';
}
