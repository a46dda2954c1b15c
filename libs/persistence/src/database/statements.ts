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

/** How many statement texts are prepared per connection. Our constant texts all fit; composed texts may not. */
const MAX_PREPARED = 200;
const preparedNames = new Map<string, string>();

/**
 * Runs statements on one connection. Statements that are passed before the next tick are sent with one write. Postgres
 * runs them one after the other, also those after a failed one. It bypasses TypeORM, whose query method costs more than
 * pg's.
 */
export async function answersTo(
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

/** The last statement's rows. @throws QueryFailedError of the first one that failed */
export async function rowsOf<Row>(runner: QueryRunner, ...statements: readonly Statement[]): Promise<Row[]> {
  let rows: unknown[] = [];
  for (const answer of await answersTo(runner, statements)) {
    if (answer.status === 'rejected') throw answer.reason;
    rows = answer.value.rows;
  }
  return rows as Row[];
}

/**
 * Makes sure that statements on this connection may have a preamble, and returns whether a transaction is open now: the
 * first transaction of a connection begins here and waits for it, all others begin with their first statement.
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
  // Without values a text may hold several statements, and those cannot be prepared.
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
