import { Logger } from '@nestjs/common';
import { messageOf } from '@parley/resilience';
import { type QueryRunner, QueryRunnerAlreadyReleasedError } from 'typeorm';

import { CommitOutcomeUnknownError, TransactionAbortedError } from '../errors.js';
import { isConnectionLoss, sqlStateOf, errorToThrow } from './database-errors.js';
import type { Database } from './database.js';
import { discard } from './pg-connection.js';
import { type StatementResult, runStatements, beginIfFirst, rowsOf, type Statement } from './statements.js';
import { nextPreamble, type Transaction, newTransactionState, type TransactionState } from './transaction.js';

const logger = new Logger('Transactions');
const COMMIT: Statement = { sql: 'COMMIT', values: [] };
const ROLLBACK: Statement = { sql: 'ROLLBACK', values: [] };
/** The errors of statements after a failed one: in_failed_sql_transaction, no_active_sql_transaction. */
const CONSEQUENCES: ReadonlySet<string | undefined> = new Set(['25P02', '25P01']);

/** Throw this to discard the changes of a transaction: it is rolled back, and `run` returns `result`. */
export class RollBack<T> {
  constructor(readonly result: T) {}
}

/** Runs each piece of work in a Postgres transaction of its own. */
export class Transactions {
  constructor(private readonly database: Database) {}

  /**
   * Commits when `work` returns and rolls back when `work` throws. `work` must not wait for HTTP or a model.
   * @throws CommitOutcomeUnknownError when the connection was lost during COMMIT
   * @throws RetryableError when it was rolled back for a temporary reason: connection, lock, time-out, deadlock
   * @throws TransactionAbortedError when `work` swallowed a statement's error
   */
  async run<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const runner = await this.database.acquire();
    try {
      return await runTransaction(runner, work);
    } finally {
      await runner.release();
    }
  }
}

/** Like `Transactions.run`, on a query runner that the caller releases. */
export async function runTransaction<T>(
  runner: QueryRunner,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const state = newTransactionState(runner);
  try {
    const result = await runWork(state, work);
    await commit(state);
    runCallbacks(state);
    return result;
  } catch (error) {
    if (error instanceof RollBack) return error.result as T;
    throw error;
  }
}

async function runWork<T>(state: TransactionState, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const { runner } = state;
  try {
    state.stage = 'begun';
    state.stage = (await beginIfFirst(runner)) ? 'open' : 'none';
    return await work(runner.manager);
  } catch (thrown) {
    const error = causeOf(state, thrown);
    // The connection may have been lost (25P03) while the work did something else and failed for its own reason.
    if (isConnectionLoss(error)) await discard(runner, error);
    else await rollBack(state);
    throw error instanceof RollBack ? error : errorToThrow(error);
  }
}

/**
 * Returns the error of the statement that failed first. The work may have waited for a later statement, which
 * failed only because of the first.
 */
function causeOf({ failure }: TransactionState, error: unknown): unknown {
  return failure && CONSEQUENCES.has(sqlStateOf(error)) ? failure.error : error;
}

async function rollBack({ runner, stage }: TransactionState): Promise<void> {
  if (runner.isReleased || stage === 'none') return;
  try {
    await rowsOf(runner, ROLLBACK);
  } catch (error) {
    await discard(runner, error);
  }
}

/**
 * Sends the last statements and COMMIT with one write. If one of them fails, or `work` swallowed a
 * statement's error, Postgres rolls back and answers COMMIT with ROLLBACK and no error.
 */
async function commit(state: TransactionState): Promise<void> {
  const { runner, last } = state;
  if (runner.isReleased) throw errorToThrow(new QueryRunnerAlreadyReleasedError());
  if (state.stage === 'none' && last.length === 0) return;
  const statements = last.map((statement) => ({ ...statement, preamble: nextPreamble(state) }));
  const answers = await runStatements(runner, [...statements, COMMIT]);
  const committed = answers.at(-1)!;
  const failed = answers.find((answer) => answer.status === 'rejected');
  if (failed) {
    const { reason } = committed.status === 'rejected' ? committed : failed;
    if (committed.status === 'rejected' || isConnectionLoss(reason)) await discard(runner, reason);
    if (!isOutcomeKnown(failed, committed)) throw outcomeUnknown(failed.reason);
    throw errorToThrow(causeOf(state, failed.reason));
  }
  if (committed.status === 'fulfilled' && committed.value.command !== 'COMMIT') {
    throw new TransactionAbortedError();
  }
}

/**
 * Returns whether the outcome is known. If Postgres refused a statement, it rolls back; after a lost
 * connection the outcome is unknown.
 */
function isOutcomeKnown(failed: PromiseRejectedResult, committed: StatementResult): boolean {
  if (sqlStateOf(failed.reason) === undefined) return false;
  return failed !== committed || !isConnectionLoss(failed.reason);
}

function outcomeUnknown(error: unknown): CommitOutcomeUnknownError {
  return new CommitOutcomeUnknownError(
    `It is unknown whether the transaction was committed: ${messageOf(error)}`,
    { cause: error },
  );
}

function runCallbacks({ callbacks }: TransactionState): void {
  for (const callback of callbacks) {
    try {
      callback();
    } catch (error) {
      logger.error(`A callback after a commit failed: ${messageOf(error)}`);
    }
  }
}
