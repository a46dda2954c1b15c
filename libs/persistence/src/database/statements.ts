import type { ClientBase, QueryConfig, QueryResult } from 'pg';
import { QueryFailedError, type QueryRunner } from 'typeorm';

import {
  beginWithPreambles,
  clientOf,
  hasPreambles,
  type Preamble,
  queryWithPreamble,
  writeTogether,
} from './pg-connection.js';

/** One statement with its values. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
  readonly preamble?: Preamble | undefined;
}

export type StatementResult = PromiseSettledResult<QueryResult>;

/**
 * The most statements that are prepared per connection. All our constant texts fit; texts that are composed
 * may not.
 */
const MAX_PREPARED = 200;
const preparedNames = new Map<string, string>();

/**
 * Runs statements on one connection, in order, even after one of them failed. Statements of several calls
 * before the next tick are sent with one write. Bypasses TypeORM, whose query method costs more than pg's.
 */
export async function runStatements(
  runner: QueryRunner,
  statements: readonly Statement[],
): Promise<StatementResult[]> {
  const client = await clientOf(runner);
  writeTogether(client);
  const answers = await Promise.allSettled(statements.map((statement) => resultOf(client, statement)));
  return answers.map((answer, index) =>
    answer.status === 'fulfilled'
      ? answer
      : { ...answer, reason: failureOf(statements[index]!.sql, answer.reason) },
  );
}

/** Runs the statements and returns the rows of the last one. @throws QueryFailedError of the first that failed */
export async function rowsOf<Row>(runner: QueryRunner, ...statements: readonly Statement[]): Promise<Row[]> {
  let rows: unknown[] = [];
  for (const answer of await runStatements(runner, statements)) {
    if (answer.status === 'rejected') throw answer.reason;
    rows = answer.value.rows;
  }
  return rows as Row[];
}

/**
 * Prepares a new connection for preambles, which begins its first transaction. Later transactions begin with
 * their first statement. Returns whether a transaction is open now.
 */
export async function beginIfFirst(runner: QueryRunner): Promise<boolean> {
  const client = await clientOf(runner);
  if (hasPreambles(client)) return false;
  try {
    await beginWithPreambles(client);
  } catch (error) {
    throw failureOf('BEGIN', error);
  }
  return true;
}

function resultOf(client: ClientBase, statement: Statement): Promise<QueryResult> {
  const { preamble } = statement;
  const config = configOf(statement);
  return preamble ? queryWithPreamble(client, config, preamble) : client.query(config);
}

function configOf({ sql, values }: Statement): QueryConfig {
  // A text without values may contain several statements, which cannot be prepared together.
  if (values.length === 0) return { text: sql };
  const name = preparedName(sql);
  return { text: sql, values: [...values], ...(name !== undefined && { name }) };
}

function preparedName(sql: string): string | undefined {
  const known = preparedNames.get(sql);
  if (known !== undefined || preparedNames.size >= MAX_PREPARED) return known;
  const name = `s${preparedNames.size}`;
  preparedNames.set(sql, name);
  return name;
}

function failureOf(sql: string, cause: unknown): QueryFailedError {
  return new QueryFailedError(sql, undefined, cause instanceof Error ? cause : new Error(String(cause)));
}
