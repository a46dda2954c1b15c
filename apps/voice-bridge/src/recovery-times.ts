import type { ScaledTimes } from '@parley/resilience';

/** How long calls take to recover from a fault, in milliseconds; RECOVERY_TIME_SCALE scales all of them. */
export const recoveryTimes = {
  /** The agents are requested again this long after the orchestrator did not answer. */
  agentsAskAgainMs: 30_000,
  /** How often a process renews its calls and learns which calls it has lost; also while it carries none. */
  streamRenewMs: 2_000,
  streamRenewIdleMs: 5_000,
  /** A process that was not renewed for this long counts as dead: it has no calls and no capacity. */
  processSilentMs: 15_000,
  /** The sweep closes a turn that a process left open this long after the call was last renewed. */
  openTurnSilentMs: 60_000,
  /** A call is over if neither a process nor Twilio has reported on it for this long. */
  callSilentMs: 120_000,
} as const satisfies Record<string, number>;

export type RecoveryTimes = ScaledTimes<typeof recoveryTimes>;

/** Token of the scaled `RecoveryTimes`. */
export const RECOVERY_TIMES = Symbol('RecoveryTimes');
