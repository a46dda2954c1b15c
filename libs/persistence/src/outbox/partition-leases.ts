import { randomUUID } from 'node:crypto';

import type { Database } from '../database/database.js';
import type { DueQuery } from '../due-poll.js';
import type { PersistenceTimes } from '../persistence-times.js';

/**
 * Which outbox partitions this process may publish. A lease is known by a random token in the partition's row; this
 * process counts its own time by the monotonic clock, which runs on while the process is frozen.
 */
export class PartitionLeases {
  readonly #token = randomUUID();
  readonly #heldUntil = new Map<number, number>();
  #renewAt = 0;

  constructor(
    private readonly database: Database,
    private readonly times: PersistenceTimes,
  ) {}

  /** The partitions whose lease has not run out. */
  held(): number[] {
    return [...this.#heldUntil.keys()].filter((partition) => this.holds(partition));
  }

  holds(partition: number): boolean {
    return performance.now() < (this.#heldUntil.get(partition) ?? 0);
  }

  /** How long our own leases need no renewal, in milliseconds. */
  get renewInMs(): number {
    return Math.max(0, this.#renewAt - performance.now());
  }

  /** When a lease that is not ours runs out. */
  freeAt(): DueQuery {
    return {
      sql: `SELECT min(coalesce(lease_until, 'epoch')) FROM outbox_partition
            WHERE lease_token IS DISTINCT FROM $1::uuid`,
      values: [this.#token],
    };
  }

  /**
   * Takes the leases that nobody holds and, when it is time, renews our own: one statement. Returns the partitions
   * that were ours all along: in any other somebody else may have published meanwhile.
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

  /** Gives the leases back, so that another replica need not wait for their end. */
  async release(): Promise<void> {
    this.#heldUntil.clear();
    await this.database.rows(
      'UPDATE outbox_partition SET lease_token = NULL, lease_until = NULL WHERE lease_token = $1',
      [this.#token],
    );
  }
}
