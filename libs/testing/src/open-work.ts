import { setTimeout as delay } from 'node:timers/promises';
import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { catalogue, durableOf, SERVICES, services, typeOf } from '@parley/contracts';
import type { SimulatorClient } from '@parley/local-stack';

/** Runs a query and returns its rows. */
export type RunQuery = <Row extends object>(sql: string, params?: unknown[]) => Promise<Row[]>;

/** Where unfinished work is looked for. */
export interface WorkSources {
  readonly query: RunQuery;
  readonly natsUrl: string;
  readonly simulator: SimulatorClient;
  /** The schemas of the running services, always with `gateway` and `orchestrator`. */
  readonly schemas: readonly string[];
  /** Returns other unfinished work, one line each. */
  readonly also?: () => Promise<string[]>;
}

/** The streams of durable messages between services. */
const STREAMS = ['INT', 'CMD'];
const POLL_MS = 100;
/** How long there must be no unfinished work, because a webhook or a callback may arrive a moment later. */
const QUIET_MS = 400;

/** The schemas of all services. */
export const SERVICE_SCHEMAS: readonly string[] = SERVICES.map((service) => services[service].schema);

/** Waits until no work is unfinished. Returns the unfinished work at the time-out, one line each. */
export async function waitUntilNoOpenWork(sources: WorkSources, timeoutMs: number): Promise<string[]> {
  const connection = await connect({ servers: sources.natsUrl, maxReconnectAttempts: -1 });
  try {
    const manager = await jetstreamManager(connection);
    const deadline = performance.now() + timeoutMs;
    let quietSince: number | undefined;
    for (;;) {
      const open = await openWork(sources, manager).catch((error: Error) => [
        `cannot be read: ${error.message}`,
      ]);
      if (open.length > 0) quietSince = undefined;
      else quietSince ??= performance.now();
      if (quietSince !== undefined && performance.now() - quietSince >= QUIET_MS) return [];
      if (performance.now() > deadline)
        return open.length > 0 ? open : ['it was never quiet for long enough'];
      await delay(POLL_MS);
    }
  } finally {
    await connection.close();
  }
}

/** Reads the tables before and after the streams, because work moves from a table into a stream and back. */
async function openWork(
  { query, simulator, schemas, also }: WorkSources,
  manager: JetStreamManager,
): Promise<string[]> {
  const before = [...(await openRows(query, schemas)), ...((await also?.()) ?? [])];
  if (before.length > 0) return before;
  return [
    ...(await unhandledMessages(manager)),
    ...(await requestsUnderWay(simulator)),
    ...(await openRows(query, schemas)),
  ];
}

async function requestsUnderWay(simulator: SimulatorClient): Promise<string[]> {
  const requests = await simulator.requestsUnderWay();
  return requests > 0 ? [`${requests} requests of or to the simulator`] : [];
}

/** Returns the unfinished work in the services' tables, one line each. */
async function openRows(query: RunQuery, schemas: readonly string[]): Promise<string[]> {
  const ofEach = schemas.map(
    (schema) => `SELECT '${schema}: unpublished messages' AS what FROM ${schema}.outbox
        WHERE published_at IS NULL AND failed_at IS NULL
      UNION ALL SELECT '${schema}: messages that keep failing' FROM ${schema}.inbox WHERE state = 'failing'
      UNION ALL SELECT '${schema}: published messages that ' || expected.consumer || ' does not have'
        FROM ${schema}.outbox_settlement JOIN ${schema}.outbox ON outbox.id = outbox_id
        JOIN expected ON outbox.subject LIKE expected.type || '.%'
        WHERE NOT EXISTS (SELECT FROM taken_in
                          WHERE taken_in.consumer = expected.consumer AND taken_in.event_id = outbox.event_id)`,
  );
  const takenIn = schemas.map((schema) => `SELECT consumer, event_id FROM ${schema}.inbox`);
  const counts = await query<{ what: string; count: number }>(
    `WITH expected AS (SELECT * FROM unnest($1::text[], $2::text[]) AS of (type, consumer)),
       taken_in AS NOT MATERIALIZED (${takenIn.join(' UNION ALL ')})
     SELECT what, count(*)::int AS count FROM (
       ${ofEach.join(' UNION ALL ')}
       UNION ALL SELECT 'lanes with a turn that is due or leased' FROM orchestrator.lane
         WHERE turn_due_at IS NOT NULL OR lease_token IS NOT NULL
       UNION ALL SELECT 'sends ' || status FROM gateway.send
         WHERE status IN ('PENDING', 'SENDING') OR follow_up_at IS NOT NULL
       UNION ALL SELECT 'messages that wait for the one before them' FROM gateway.early_message
     ) AS open GROUP BY what`,
    expectedBy(schemas),
  );
  return counts.map(({ what, count }) => `${count} ${what}`);
}

/** Returns the types of the durable messages, each with a consumer whose service owns one of these schemas. */
function expectedBy(schemas: readonly string[]): [types: string[], consumers: string[]] {
  const expected = catalogue.flatMap((contract) =>
    contract.consumers
      .filter((service) => schemas.includes(services[service].schema))
      .map((service) => ({ type: typeOf(contract), consumer: durableOf(contract, service) })),
  );
  return [expected.map(({ type }) => type), expected.map(({ consumer }) => consumer)];
}

/** Returns the durable messages that a service has not acknowledged. */
async function unhandledMessages(manager: JetStreamManager): Promise<string[]> {
  const open: string[] = [];
  for (const stream of STREAMS) {
    for await (const { name, num_pending, num_ack_pending } of manager.consumers.list(stream)) {
      if (num_pending + num_ack_pending > 0)
        open.push(`${num_pending + num_ack_pending} messages for ${name}`);
    }
  }
  return open;
}

/** Returns the published messages that their consumers have not confirmed yet, one line for each schema. */
export async function unconfirmedMessages(query: RunQuery, schemas: readonly string[]): Promise<string[]> {
  const counts = await query<{ schema: string; count: number }>(
    schemas
      .map(
        (schema) => `SELECT '${schema}' AS schema, count(*)::int AS count FROM ${schema}.outbox_settlement`,
      )
      .join(' UNION ALL '),
  );
  return counts
    .filter(({ count }) => count > 0)
    .map(({ schema, count }) => `${schema}: ${count} messages whose consumers have not confirmed them`);
}

/** Returns dead letters and messages that were not published; no outage explains them. */
export async function givenUpMessages(query: RunQuery, schemas: readonly string[]): Promise<string[]> {
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
