import type { JetStreamManager } from '@nats-io/jetstream';

/** Reads the database. */
export type Query = <Row extends object>(sql: string, params?: unknown[]) => Promise<Row[]>;

/** What services hand to each other durably goes through these. */
const STREAMS = ['INT', 'CMD'];

/** What is not done yet in the tables that each service's schema has, and in the orchestrator's; one line each. */
export async function unfinishedRows(query: Query, schemas: readonly string[]): Promise<string[]> {
  const counts = await query<{ what: string; count: number }>(
    `SELECT what, count(*)::int AS count FROM (
       ${schemas
         .map(
           (schema) => `SELECT '${schema}: unpublished messages' AS what FROM ${schema}.outbox
           WHERE published_at IS NULL AND failed_at IS NULL
         UNION ALL SELECT '${schema}: messages whose consumers have not confirmed them'
           FROM ${schema}.outbox_settlement
         UNION ALL SELECT '${schema}: messages that keep failing' FROM ${schema}.inbox WHERE state = 'failing'`,
         )
         .join(' UNION ALL ')}
       UNION ALL SELECT 'lanes with a turn that is due or leased' FROM orchestrator.lane
         WHERE turn_due_at IS NOT NULL OR lease_token IS NOT NULL
     ) AS open GROUP BY what`,
  );
  return counts.map(({ what, count }) => `${count} ${what}`);
}

/** Durable messages that a service has not acknowledged. */
export async function unhandledMessages(manager: JetStreamManager): Promise<string[]> {
  const open: string[] = [];
  for (const stream of STREAMS) {
    for await (const { name, num_pending, num_ack_pending } of manager.consumers.list(stream)) {
      if (num_pending + num_ack_pending > 0)
        open.push(`${num_pending + num_ack_pending} messages for ${name}`);
    }
  }
  return open;
}

/** Messages that a service has given up: none of what we do to it is a reason for that. */
export async function givenUpMessages(query: Query, schemas: readonly string[]): Promise<string[]> {
  const rows = await query<{ line: string }>(
    schemas
      .map(
        (
          schema,
        ) => `SELECT '${schema}: dead letter ' || event_id || ' of ' || consumer || ': ' || coalesce(error, '') AS line
         FROM ${schema}.inbox WHERE state = 'dead'
       UNION ALL SELECT '${schema}: ' || event_id || ' was not published: ' || coalesce(failure, '')
         FROM ${schema}.outbox WHERE failed_at IS NOT NULL`,
      )
      .join(' UNION ALL '),
  );
  return rows.map(({ line }) => line);
}
