import type { Socket } from 'node:net';

import type { ClientBase, QueryConfig, QueryResult } from 'pg';
import { QueryFailedError, type QueryRunner, QueryRunnerAlreadyReleasedError } from 'typeorm';

import { type Fence, FencedQuery, FENCES } from './fenced-query.js';

/** One statement with its values. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
  readonly fence?: Fence | undefined;
}

export type Answer = PromiseSettledResult<QueryResult>;

/** How many texts are prepared per connection. Ours are constants; ones that are put together need not all fit. */
const MAX_PREPARED = 200;
const preparedNames = new Map<string, string>();

/**
 * Runs statements on one connection: all that are given before the next tick are sent with one write, and Postgres
 * runs them one after the other, those after a failed one too. Past TypeORM, whose query method costs more than pg's.
 */
export async function answersTo(runner: QueryRunner, statements: readonly Statement[]): Promise<Answer[]> {
  if (runner.isReleased) throw new QueryRunnerAlreadyReleasedError();
  const client = (await runner.connect()) as ClientBase;
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  stream.cork();
  const queries = statements.map((statement) => resultOf(client, statement));
  process.nextTick(() => stream.uncork());
  const answers = await Promise.allSettled(queries);
  return answers.map((answer, place) =>
    answer.status === 'fulfilled'
      ? answer
      : { ...answer, reason: failureOf(statements[place]!, answer.reason) },
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

const fenced = new WeakSet<ClientBase>();

/** Whether statements on this connection may stand behind fences. */
export async function hasFences(runner: QueryRunner): Promise<boolean> {
  return fenced.has((await runner.connect()) as ClientBase);
}

/** Makes it so, by doing each of the fences once: a transaction is open then. */
export async function prepareFences(runner: QueryRunner): Promise<void> {
  const client = (await runner.connect()) as ClientBase;
  for (const [name, sql] of Object.entries(FENCES)) {
    await client.query({ name, text: sql }).catch((cause: unknown) => {
      throw failureOf({ sql, values: [] }, cause);
    });
  }
  fenced.add(client);
}

function resultOf(client: ClientBase, statement: Statement): Promise<QueryResult> {
  const { fence } = statement;
  if (!fence) return client.query(configOf(statement));
  return new Promise((resolve, reject) => {
    client.query(new FencedQuery(configOf(statement), fence, { resolve, reject }));
  });
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

function failureOf({ sql }: Statement, cause: unknown): QueryFailedError {
  return new QueryFailedError(sql, undefined, cause instanceof Error ? cause : new Error(String(cause)));
}
