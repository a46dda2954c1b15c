import type { ScaledTimes } from '@parley/resilience';

/** How long turns and calls take to recover from a fault, in milliseconds; RECOVERY_TIME_SCALE scales all of them. */
export const recoveryTimes = {
  /** Another replica may claim a lane whose lease was not renewed for this long. */
  leaseMs: 15_000,
  /** How often a replica renews the lanes of its turns. */
  leaseRenewMs: 5_000,
  /** Texts wait for a live call to answer them until the call's lane has had no lease for this long. */
  callLaneSilentMs: 60_000,
  /** How often the leases of all live calls are renewed, in one statement. */
  callLeaseFlushMs: 500,
} as const satisfies Record<string, number>;

export type RecoveryTimes = ScaledTimes<typeof recoveryTimes>;

/** Token of the scaled `RecoveryTimes`. */
export const RECOVERY_TIMES = Symbol('RecoveryTimes');
