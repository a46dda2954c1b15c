import type { RunningParley } from '@parley/testing';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { setTimeout as delay } from 'node:timers/promises';
import type { RoundTripCounter } from './round-trip-counter.js';

const COUNTS = [
  'transactions',
  // Round trips between the services and Postgres.
  'roundTrips',
  'rowsInserted',
  'rowsUpdated',
  'rowsDeleted',
  'rowsRead',
  'walBytes',
  'natsMessages',
  'httpRequests',
] as const;

/** How many steps were taken, in numbers that do not depend on the machine's speed. */
export type StepCounts = Record<(typeof COUNTS)[number], number>;

/** An idle Postgres backend reports its statistics within ten seconds. */
const REPORTED_WITHIN_MS = 11_000;

/** Counts rows of our own tables, because the rows of Postgres' own statistics vary. */
const COUNTED = `
  SELECT (xact_commit + xact_rollback)::float8 AS transactions, "rowsInserted", "rowsUpdated", "rowsDeleted", "rowsRead",
    (pg_current_wal_lsn() - '0/0'::pg_lsn)::float8 AS "walBytes"
  FROM pg_stat_database, (
    SELECT sum(n_tup_ins)::float8 AS "rowsInserted", sum(n_tup_upd)::float8 AS "rowsUpdated",
      sum(n_tup_del)::float8 AS "rowsDeleted",
      sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::float8 AS "rowsRead"
    FROM pg_stat_user_tables
  ) AS tables
  WHERE datname = current_database()`;

/**
 * Counts the steps of a running Parley from outside: in Postgres' statistics, as a subscriber of NATS, and at the
 * vendors.
 */
export class StepCounter {
  #natsMessages = 0;

  private constructor(
    private readonly parley: RunningParley,
    private readonly nats: NatsConnection,
    private readonly roundTrips: RoundTripCounter,
  ) {
    nats.subscribe('>', { callback: () => void (this.#natsMessages += 1) });
  }

  /** Begins to count. Turns autovacuum off, because its work would be counted too. */
  static async listen(parley: RunningParley, roundTrips: RoundTripCounter): Promise<StepCounter> {
    await parley.query('ALTER SYSTEM SET autovacuum = off');
    await parley.query('SELECT pg_reload_conf()');
    return new StepCounter(parley, await connect({ servers: parley.nats.url }), roundTrips);
  }

  async close(): Promise<void> {
    await this.parley.query('ALTER SYSTEM RESET autovacuum');
    await this.parley.query('SELECT pg_reload_conf()');
    await this.nats.close();
  }

  /** Waits until Postgres has reported all statistics, and reads the counters. */
  async read(): Promise<CounterReading> {
    await delay(REPORTED_WITHIN_MS);
    await this.nats.flush();
    const roundTrips = this.roundTrips.count;
    const [counted] =
      await this.parley.query<Omit<StepCounts, 'roundTrips' | 'natsMessages' | 'httpRequests'>>(COUNTED);
    const response = await fetch(`${this.parley.simulator.url}/control/requests`);
    const { requests } = (await response.json()) as { requests: unknown[] };
    const counts = {
      ...counted!,
      roundTrips,
      natsMessages: this.#natsMessages,
      httpRequests: requests.length,
    };
    return { atMs: performance.now(), counts };
  }
}

/** The counters at one moment. */
export interface CounterReading {
  readonly atMs: number;
  readonly counts: StepCounts;
}

/** Returns the steps between two readings, divided by `parts` or by the seconds between them. */
export function stepsBetween(from: CounterReading, to: CounterReading, parts: number | 'second'): StepCounts {
  const divisor = parts === 'second' ? secondsBetween(from, to) : parts;
  return mapCounts((name) => (to.counts[name] - from.counts[name]) / divisor);
}

/** Returns the steps for each of `parts`, without the steps of an idle Parley in the same time. */
export function stepsBeyondIdle(
  from: CounterReading,
  to: CounterReading,
  parts: number,
  idleSecond: StepCounts,
): StepCounts {
  const all = stepsBetween(from, to, parts);
  return mapCounts((name) => all[name] - (idleSecond[name] * secondsBetween(from, to)) / parts);
}

const secondsBetween = (from: CounterReading, to: CounterReading) => (to.atMs - from.atMs) / 1_000;

function mapCounts(count: (name: keyof StepCounts) => number): StepCounts {
  return Object.fromEntries(COUNTS.map((name) => [name, count(name)])) as unknown as StepCounts;
}
