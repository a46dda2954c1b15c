import type { ScaledTimes } from '@parley/resilience';

/**
 * How long the outbox, the due poll and scheduled jobs take to recover from a fault, in milliseconds. Each service has
 * its own times beside these, in its `recovery-times.ts`; RECOVERY_TIME_SCALE scales all of them.
 */
export const persistenceTimes = {
  /** Another replica may take an outbox partition whose lease was not renewed for this long. */
  leaseMs: 15_000,
  /** How often a replica renews its partitions. */
  leaseRenewMs: 5_000,
  /**
   * How often a service asks its database what is due, in case a wake-up was lost: this soon after it worked, then less
   * and less often down to `pollIdleMs`. What becomes due in between is known from the last look and begins in time.
   */
  pollMs: 1_000,
  pollIdleMs: 5_000,
  /** The first and the longest pause after a stream did not take a message. */
  publishRetryMinMs: 100,
  publishRetryMaxMs: 5_000,
  /** The relay first asks a message's consumers whether they have it this long after it was published. */
  settleAfterMs: 20_000,
  /** The longest pause until they are asked again, and until a message that keeps getting lost is published again. */
  settleRetryMaxMs: 300_000,
  /** How late the relay may ask, so that one question covers many messages. */
  settleGatherMs: 2_000,
  /** How often pg-boss looks for scheduled work. */
  jobPollMs: 30_000,
} as const satisfies Record<string, number>;

export type PersistenceTimes = ScaledTimes<typeof persistenceTimes>;
