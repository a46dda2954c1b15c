import type { ScaledTimes } from '@parley/resilience';

/**
 * How long sending and receiving messages take to recover from a fault, in milliseconds; RECOVERY_TIME_SCALE scales all of
 * them.
 */
export const recoveryTimes = {
  /** After this long another replica may search a line for missed texts although the last search has not ended. */
  leaseMs: 15_000,
  /** A request to the vendor is not written later than this after the claim of its send. */
  sendDeadlineMs: 20_000,
  /** A send still claimed this long after its deadline has an unknown outcome. */
  sendUnknownAfterMs: 30_000,
  /** A part of a long message waits at most this long for the carrier to report the part before it. */
  partWaitMs: 10_000,
  /** A message waits this long for an earlier message to arrive: longer than settlement takes to publish it again. */
  sendGapMs: 120_000,
  /** When the vendor's list is read for a send with an unknown outcome: the first and the last time. */
  sendListMs: 60_000,
  sendListAgainMs: 300_000,
  /** If the list is unavailable for this long, a send with an unknown outcome fails. */
  sendListGiveUpMs: 3_600_000,
  /** A text that the carrier could not deliver for a temporary reason is repeated after this long. */
  sendRetryMs: 300_000,
  /**
   * The gateway fetches the status of an accepted text without a final report at the first age, then whenever the age has
   * doubled, until the second age. Some carriers never report.
   */
  sendUnreportedMs: 900_000,
  sendUnreportedGiveUpMs: 14_400_000,
  /** How often the vendor's list is searched for texts whose webhook was lost. */
  inboundPollMs: 60_000,
  /** After a start, sending waits at most this long for the first search for missed texts. */
  sendAfterStartMs: 30_000,
  /** How often an open web chat looks for messages whose event was lost; sooner while a reply is expected. */
  chatPollMs: 20_000,
  chatReplyPollMs: 2_000,
  /** How often each web chat's connections are checked, and shown that they work. */
  chatTickMs: 1_000,
  chatKeepAliveMs: 25_000,
  /** A web client that takes nothing for this long is disconnected; it reconnects and resumes. */
  chatSlowReaderMs: 15_000,
} as const satisfies Record<string, number>;

export type RecoveryTimes = ScaledTimes<typeof recoveryTimes>;

/** The injection token of the scaled `RecoveryTimes`. */
export const RECOVERY_TIMES = Symbol('RecoveryTimes');
