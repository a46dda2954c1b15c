import { Logger } from '@nestjs/common';
import { type EntityManager, type QueryRunner, QueryRunnerAlreadyReleasedError } from 'typeorm';

import { messageOf } from '@parley/resilience';
import { isConnectionLoss, sqlStateOf, translated } from './database-errors.js';
import { type Database, discard } from './database.js';
import { CommitOutcomeUnknownError, TransactionAbortedError } from './errors.js';
import type { Fence } from './fenced-query.js';
import { type Answer, answersTo, hasFences, prepareFences, rowsOf, type Statement } from './statements.js';

/**
 * One open transaction, and never another: whoever is given it writes within it. TypeORM's entity manager; `rows` for
 * plain SQL.
 */
export type Transaction = EntityManager;

const logger = new Logger('Transactions');
const COMMIT: Statement = { sql: 'COMMIT', values: [] };
/** What Postgres answers to each statement behind one that failed: in a transaction, or to begin one. */
const CONSEQUENCES: ReadonlySet<string | undefined> = new Set(['25P02', '25P01']);
const ROLLBACK: Statement = { sql: 'ROLLBACK', values: [] };

/** A transaction as far as it has got. */
interface Work {
  readonly runner: QueryRunner;
  /** BEGIN goes out with the first statement; `open` once it is known to have been done. */
  stage: 'none' | 'begun' | 'open';
  /** The first statement that failed: all behind it fail too, for no reason of their own. */
  failure?: { readonly error: unknown };
  /** Go out with COMMIT. */
  readonly last: Statement[];
  readonly callbacks: Array<() => void>;
}

const works = new WeakMap<Transaction, Work>();

/** Thrown by work that wants nothing of it kept: the transaction is rolled back, and `run` returns `result`. */
export class RollBack<T> {
  constructor(readonly result: T) {}
}

/** Runs work in one Postgres transaction each. */
export class Transactions {
  constructor(private readonly database: Database) {}

  /**
   * Commits when `work` returns and rolls back when it throws; a `RollBack` that it throws is not an error. `work` may
   * not wait for HTTP or a model.
   * @throws CommitOutcomeUnknownError when the connection was lost during COMMIT
   * @throws RetryableError when it was rolled back for a reason that passes: connection, lock, time-out, deadlock
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

/** As `Transactions.run`, on a query runner that the caller releases. */
export async function runTransaction<T>(
  runner: QueryRunner,
  work: (tx: Transaction) => Promise<T>,
): Promise<T> {
  const state: Work = { runner, stage: 'none', last: [], callbacks: [] };
  if (works.has(runner.manager)) throw new TypeError('A query runner is good for one transaction');
  works.set(runner.manager, state);
  try {
    const result = await worked(state, async (tx) => {
      if (!(await hasFences(runner))) await begin(state);
      return work(tx);
    });
    await commit(state);
    runCallbacks(state);
    return result;
  } catch (error) {
    if (error instanceof RollBack) return error.result as T;
    throw error;
  }
}

/**
 * Runs one statement of a transaction and returns its rows, also those that an UPDATE or DELETE returns. Statements
 * that are begun without waiting for each other (`Promise.all`) run in that order and share one round trip.
 */
export async function rows<Row>(
  tx: Transaction,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  const work = workOf(tx);
  const statement = { sql, values: parameters, fence: nextFence(work) };
  try {
    const found = await rowsOf<Row>(work.runner, statement);
    work.stage = 'open';
    return found;
  } catch (error) {
    work.failure ??= { error };
    throw error;
  }
}

/** Values that pg can always serialise: a statement that it fails to send would not keep COMMIT from being sent. */
type PlainValue = readonly (string | number | Uint8Array)[] | string | number;

/**
 * Has a statement, whose rows nobody needs, run as one of the last of this transaction, together with its COMMIT. Its
 * parameters are read only then.
 */
export function withCommit(tx: Transaction, sql: string, parameters: readonly PlainValue[]): void {
  workOf(tx).last.push({ sql, values: parameters });
}

/** Has `callback` called right after this transaction's commit, and never if it is rolled back. It must not throw. */
export function afterCommit(tx: Transaction, callback: () => void): void {
  workOf(tx).callbacks.push(callback);
}

/** The first transaction of a connection: it alone waits for its BEGIN. */
async function begin(state: Work): Promise<void> {
  state.stage = 'begun';
  await prepareFences(state.runner);
  state.stage = 'open';
}

/** What stands before the next statement: BEGIN may fail, and those on their way with it must then not be done either. */
function nextFence(work: Work): Fence | undefined {
  if (work.stage === 'open') return undefined;
  const fence = work.stage === 'none' ? 'begin' : 'in-transaction';
  work.stage = 'begun';
  return fence;
}

function workOf(tx: Transaction): Work {
  const work = works.get(tx);
  if (!work) throw new TypeError('This entity manager is not that of a transaction');
  return work;
}

async function worked<T>(state: Work, work: (tx: Transaction) => Promise<T>): Promise<T> {
  try {
    return await work(state.runner.manager);
  } catch (thrown) {
    const error = reasonOf(state, thrown);
    // The connection may have died (25P03) while the work was busy elsewhere and failed for a reason of its own.
    if (isConnectionLoss(error)) await discard(state.runner, error);
    else await rollBack(state);
    throw error instanceof RollBack ? error : translated(error);
  }
}

/** Of statements that fail together, the caller may hear first of one that failed because of another. */
function reasonOf({ failure }: Work, error: unknown): unknown {
  return failure && CONSEQUENCES.has(sqlStateOf(error)) ? failure.error : error;
}

async function rollBack({ runner, stage }: Work): Promise<void> {
  if (runner.isReleased || stage === 'none') return;
  try {
    await rowsOf(runner, ROLLBACK);
  } catch (error) {
    await discard(runner, error);
  }
}

/**
 * Sends the last statements and COMMIT with one write: when one of them fails, COMMIT itself rolls back. It then
 * answers ROLLBACK, without an error, as it does when `work` swallowed one.
 */
async function commit(state: Work): Promise<void> {
  const { runner, last } = state;
  if (runner.isReleased) throw translated(new QueryRunnerAlreadyReleasedError());
  if (state.stage === 'none' && last.length === 0) return;
  const fenced = last.map((statement) => ({ ...statement, fence: nextFence(state) }));
  const answers = await answersTo(runner, [...fenced, COMMIT]);
  const committed = answers.at(-1)!;
  const failed = answers.find((answer) => answer.status === 'rejected');
  if (failed) {
    const { reason } = committed.status === 'rejected' ? committed : failed;
    if (committed.status === 'rejected' || isConnectionLoss(reason)) await discard(runner, reason);
    if (!isOutcomeKnown(failed, committed)) throw outcomeUnknown(failed.reason);
    throw translated(reasonOf(state, failed.reason));
  }
  if (committed.status === 'fulfilled' && committed.value.command !== 'COMMIT') {
    throw new TransactionAbortedError();
  }
}

/** What Postgres refuses is not committed. A connection that is lost without a word, or in COMMIT, leaves it open. */
function isOutcomeKnown(failed: PromiseRejectedResult, committed: Answer): boolean {
  if (sqlStateOf(failed.reason) === undefined) return false;
  return failed !== committed || !isConnectionLoss(failed.reason);
}

function outcomeUnknown(error: unknown): CommitOutcomeUnknownError {
  return new CommitOutcomeUnknownError(`COMMIT: ${messageOf(error)}`, { cause: error });
}

function runCallbacks({ callbacks }: Work): void {
  for (const callback of callbacks) {
    try {
      callback();
    } catch (error) {
      logger.error(`A callback after a commit failed: ${messageOf(error)}`);
    }
  }
}
