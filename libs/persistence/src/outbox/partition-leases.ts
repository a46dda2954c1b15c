import { randomUUID } from 'node:crypto';

import type { Database } from '../database/database.js';
import type { DueQuery } from '../due-poll.js';
import type { PersistenceTimes } from '../persistence-times.js';

/**
 * Leases the outbox partitions that this process may publish. A random token in a partition's row identifies
 * the lease. Expiry is measured by the monotonic clock, which continues while the process is frozen.
 */
export class PartitionLeases {
  readonly #token = randomUUID();
  readonly #heldUntil = new Map<number, number>();
  #renewAt = 0;

  constructor(
    private readonly database: Database,
    private readonly times: PersistenceTimes,
  ) {}

  /** Returns the partitions that this process leases now. */
  held(): number[] {
    return [...this.#heldUntil.keys()].filter((partition) => this.holds(partition));
  }

  holds(partition: number): boolean {
    return performance.now() < (this.#heldUntil.get(partition) ?? 0);
  }

  /** The time until this process's leases must be renewed, in milliseconds. */
  get renewInMs(): number {
    return Math.max(0, this.#renewAt - performance.now());
  }

  /** Returns the query for the time at which a partition of another replica becomes free. */
  freeAt(): DueQuery {
    return {
      sql: `SELECT min(coalesce(lease_until, 'epoch')) FROM outbox_partition
            WHERE lease_token IS DISTINCT FROM $1::uuid`,
      values: [this.#token],
    };
  }

  /**
   * Leases the free partitions and, when it is time, renews its own leases, with one statement. Returns the
   * partitions that this process has leased without a break. In all others, another replica may have
   * published meanwhile.
   */
  async refresh(): Promise<Set<number>> {
    const now = performance.now();
    const before = new Map(this.#heldUntil);
    const renewing = now >= this.#renewAt;
    const taken = await this.database.rows<{ partition: number }>(
      `WITH free AS MATERIALIZED (
         SELECT partition FROM outbox_partition
         WHERE ($3 AND lease_token = $1) OR lease_until IS NULL OR lease_until < clock_timestamp()
         FOR UPDATE SKIP LOCKED
       )
       UPDATE outbox_partition p
       SET lease_token = $1, lease_until = clock_timestamp() + $2 * interval '1 millisecond'
       FROM free WHERE p.partition = free.partition
       RETURNING p.partition`,
      [this.#token, this.times.leaseMs, renewing],
    );
    if (renewing) {
      this.#heldUntil.clear();
      this.#renewAt = now + this.times.leaseRenewMs;
    }
    for (const { partition } of taken) this.#heldUntil.set(partition, now + this.times.leaseMs);
    const after = performance.now();
    return new Set(this.held().filter((partition) => (before.get(partition) ?? 0) > after));
  }

  /** Releases the leases, so that another replica need not wait until they expire. */
  async release(): Promise<void> {
    this.#heldUntil.clear();
    await this.database.rows(
      'UPDATE outbox_partition SET lease_token = NULL, lease_until = NULL WHERE lease_token = $1',
      [this.#token],
    );
  }
}
