import { NotReadyYetError, RetryableError } from '@parley/resilience';
import { ConfigurationError } from '@parley/service-kit';

/**
 * The connection was lost while COMMIT was under way: the transaction may stand or not. A unique key decides on the
 * retry.
 */
export class CommitOutcomeUnknownError extends RetryableError {
  override readonly name = 'CommitOutcomeUnknownError';
}

/** Postgres has not answered once since the start; the database itself tells of it while it connects. */
export class NotConnectedYetError extends NotReadyYetError {
  override readonly name = 'NotConnectedYetError';
  constructor() {
    super('Postgres has not answered yet');
  }
}

/** COMMIT rolled back because a statement had failed and its error was swallowed. A bug of the caller. */
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

/** The migrations cannot run as things are; the message says what to change. It never holds a password. */
export class MigrationError extends ConfigurationError {
  override readonly name = 'MigrationError';
}
