import type { Scaled } from '@parley/resilience';

/** How long calls take to recover from a fault, in milliseconds; RECOVERY_TIME_SCALE scales all of them. */
export const recoveryTimes = {
  /** The orchestrator is asked for its agents again this long after it did not answer. */
  agentsAskAgainMs: 30_000,
  /** How often a process reports which calls it carries, and learns which it has lost; and while it carries none. */
  streamRenewMs: 2_000,
  streamRenewIdleMs: 5_000,
  /** A process that has not reported for this long carries no calls and takes none. */
  processSilentMs: 15_000,
  /** A turn that a process left open is closed with what is known of it, this long after its call was last carried. */
  openTurnSilentMs: 60_000,
  /** A call that no process has reported and of which Twilio said nothing for this long is over. */
  callSilentMs: 120_000,
} as const satisfies Record<string, number>;

export type RecoveryTimes = Scaled<typeof recoveryTimes>;

/** Injects the voice bridge's `RecoveryTimes` as scaled. */
export const RECOVERY_TIMES = Symbol('RecoveryTimes');
