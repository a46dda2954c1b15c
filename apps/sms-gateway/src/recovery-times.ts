import type { Scaled } from '@parley/resilience';

/** How long sending and receiving texts take to recover from a fault, in milliseconds; RECOVERY_TIME_SCALE scales all. */
export const recoveryTimes = {
  /** Another replica may poll a line whose poll was begun this long ago and never ended. */
  leaseMs: 15_000,
  /** From the claim of a send to the moment after which its request may no longer be written. */
  sendDeadlineMs: 20_000,
  /** A send still claimed this long after its deadline has an unknown outcome. */
  sendUnknownAfterMs: 30_000,
  /** A part of a long message waits this long for the carrier to report the part before it. */
  partWaitMs: 10_000,
  /** A message waits this long for one that goes out before it and has not come in: longer than until it is settled. */
  sendGapMs: 120_000,
  /** When the vendor's list is asked for a send with an unknown outcome: first, and for the last time. */
  sendListMs: 60_000,
  sendListAgainMs: 300_000,
  /** After this long without an answer of the list, a send with an unknown outcome counts as failed. */
  sendListGiveUpMs: 3_600_000,
  /** A text that the carrier could not deliver for a reason that passes is tried again after this long. */
  sendRetryMs: 300_000,
  /**
   * The vendor is asked for a text that it took and whose final status it has not reported for this long, then whenever
   * that time has doubled, and no more after the second: a text is worth sending for less, and some carriers never report.
   */
  sendQuietMs: 900_000,
  sendQuietGiveUpMs: 14_400_000,
  /** How often the vendor's list is searched for texts whose webhook never came. */
  inboundPollMs: 60_000,
  /** Sending begins this long after a start at the latest; before that, once missed texts were looked for. */
  sendAfterStartMs: 30_000,
} as const satisfies Record<string, number>;

export type RecoveryTimes = Scaled<typeof recoveryTimes>;

/** Injects the gateway's `RecoveryTimes` as scaled. */
export const RECOVERY_TIMES = Symbol('RecoveryTimes');
