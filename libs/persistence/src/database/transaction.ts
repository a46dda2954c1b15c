import type { EntityManager, EntityTarget, ObjectLiteral, QueryRunner, Repository } from 'typeorm';

import { markInTransaction, type Preamble } from './pg-connection.js';
import { rowsOf, type Statement } from './statements.js';

/**
 * An open transaction: TypeORM's entity manager. `rows` runs SQL in it; `repository` returns an entity's
 * repository in it. A function with a parameter `tx` writes in that transaction and begins no other.
 */
export type Transaction = EntityManager;

/** The state of a transaction. */
export interface TransactionState {
  readonly runner: QueryRunner;
  /** `begun`: BEGIN was sent, with the first statement. `open`: Postgres has confirmed BEGIN. */
  stage: 'none' | 'begun' | 'open';
  /** The first statement that failed. All statements after it fail because of it. */
  failure?: { readonly error: unknown };
  /** Statements to send together with COMMIT. */
  readonly last: Statement[];
  /** Callbacks to call after the commit. */
  readonly callbacks: Array<() => void>;
}

const states = new WeakMap<Transaction, TransactionState>();

/** Creates the state of the one transaction that a query runner serves. */
export function newTransactionState(runner: QueryRunner): TransactionState {
  if (states.has(runner.manager))
    throw new TypeError('This query runner already served a transaction; take a new one');
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
  // TypeORM sends no preambles, so Postgres must have confirmed BEGIN before TypeORM's first statement.
  if (state.stage !== 'open') await rows(tx, 'SELECT');
  markInTransaction(state.runner);
  return tx.getRepository(entity);
}

/** Values that pg can always serialise. If pg could not send a statement, COMMIT would still be sent. */
type PlainValue = readonly (string | number | Uint8Array)[] | string | number;

/**
 * Runs a statement at the end of this transaction, sent together with COMMIT. Its parameters may change until
 * then, and its rows are not returned.
 */
export function withCommit(tx: Transaction, sql: string, parameters: readonly PlainValue[]): void {
  stateOf(tx).last.push({ sql, values: parameters });
}

/** Calls `callback` right after this transaction's commit, and never after a rollback. `callback` must not throw. */
export function afterCommit(tx: Transaction, callback: () => void): void {
  stateOf(tx).callbacks.push(callback);
}

/**
 * Returns the preamble that keeps the next statement from running if BEGIN fails.
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
