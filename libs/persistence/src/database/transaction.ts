import type { EntityManager, EntityTarget, ObjectLiteral, QueryRunner, Repository } from 'typeorm';

import { markInTransaction, type Preamble } from './pg-connection.js';
import { rowsOf, type Statement } from './statements.js';

/**
 * One open transaction: code that is given it writes within it and begins no other. It is TypeORM's entity manager;
 * `rows` runs SQL in it, `repository` gives it an entity's repository.
 */
export type Transaction = EntityManager;

/** The progress of a transaction. */
export interface TransactionState {
  readonly runner: QueryRunner;
  /** BEGIN is sent with the first statement; `open` once Postgres has confirmed it. */
  stage: 'none' | 'begun' | 'open';
  /** The first statement that failed. All statements after it fail because of it. */
  failure?: { readonly error: unknown };
  /** Statements to send together with COMMIT. */
  readonly last: Statement[];
  /** Callbacks to call after the commit. */
  readonly callbacks: Array<() => void>;
}

const states = new WeakMap<Transaction, TransactionState>();

/** Registers a new transaction on a query runner, which serves only one. */
export function transactionOn(runner: QueryRunner): TransactionState {
  if (states.has(runner.manager)) throw new TypeError('A query runner serves only one transaction');
  const state: TransactionState = { runner, stage: 'none', last: [], callbacks: [] };
  states.set(runner.manager, state);
  return state;
}

/**
 * Runs one statement of a transaction and returns its rows, also those that an UPDATE or DELETE returns. Statements
 * that are started without waiting for each other (`Promise.all`) run in that order and share one round trip.
 */
export async function rows<Row>(
  tx: Transaction,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  const state = stateOf(tx);
  const statement = { sql, values: parameters, preamble: nextPreamble(state) };
  try {
    const found = await rowsOf<Row>(state.runner, statement);
    state.stage = 'open';
    return found;
  } catch (error) {
    state.failure ??= { error };
    throw error;
  }
}

/**
 * Returns the repository of a plain record, for use in a transaction. Each of its calls is a round trip of its own
 * (docs/decisions/0016-entities-for-plain-records.md).
 */
export async function repository<Entity extends ObjectLiteral>(
  tx: Transaction,
  entity: EntityTarget<Entity>,
): Promise<Repository<Entity>> {
  const state = stateOf(tx);
  // TypeORM sends no preambles, so BEGIN must be confirmed before its first statement.
  if (state.stage !== 'open') await rows(tx, 'SELECT');
  markInTransaction(state.runner);
  return tx.getRepository(entity);
}

/** Values that pg can always serialise. If pg could not send a statement, COMMIT would still be sent. */
type PlainValue = readonly (string | number | Uint8Array)[] | string | number;

/**
 * Runs a statement, whose rows are not needed, as one of the last of this transaction, sent together with COMMIT. Its
 * parameters are read only then.
 */
export function withCommit(tx: Transaction, sql: string, parameters: readonly PlainValue[]): void {
  stateOf(tx).last.push({ sql, values: parameters });
}

/** Calls `callback` right after this transaction's commit, and never if it is rolled back. It must not throw. */
export function afterCommit(tx: Transaction, callback: () => void): void {
  stateOf(tx).callbacks.push(callback);
}

/**
 * Returns the preamble of the next statement. If BEGIN fails, the statements that are sent together with it must not
 * run.
 */
export function nextPreamble(state: TransactionState): Preamble | undefined {
  if (state.stage === 'open') return undefined;
  const preamble = state.stage === 'none' ? 'begin' : 'in-transaction';
  state.stage = 'begun';
  return preamble;
}

function stateOf(tx: Transaction): TransactionState {
  const state = states.get(tx);
  if (!state) throw new TypeError('This entity manager does not belong to a transaction');
  return state;
}
