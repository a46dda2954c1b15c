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
   * The pause between two polls for due work while a service works. In an idle service it grows to
   * `pollIdleMs`. Work whose due time is known from the last poll begins in time.
   */
  pollMs: 1_000,
  pollIdleMs: 5_000,
  /** The first and the longest pause after publishing to a stream failed. */
  publishRetryMinMs: 100,
  publishRetryMaxMs: 5_000,
  /** How long after publishing settlement first asks a message's consumers whether they have it. */
  settleAfterMs: 20_000,
  /** The longest pause until settlement asks again, and until a message that is lost repeatedly is published again. */
  settleRetryMaxMs: 300_000,
  /** How late settlement may ask, so that one request covers many messages. */
  settleGatherMs: 2_000,
  /** How often pg-boss looks for due jobs. */
  jobPollMs: 30_000,
} as const satisfies Record<string, number>;

export type PersistenceTimes = ScaledTimes<typeof persistenceTimes>;
