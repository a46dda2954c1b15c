/**
 * How long recovery from each fault may take, in milliseconds. Whatever waits for somebody else's death, or looks
 * again because a wake-up may have been lost, takes its time from here, so that fault tests can shorten all of it.
 */
export const recoveryTimes = {
  /** A lease (outbox partition, lane) is somebody else's to take once it was not renewed for this long. */
  leaseMs: 15_000,
  /** How often its holder renews a lease. */
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
  /** Published this long ago, a message's consumers are asked for the first time whether they have it. */
  settleAfterMs: 20_000,
  /** The longest pause until they are asked again, and until a message that keeps getting lost goes out again. */
  settleRetryMaxMs: 300_000,
  /** Asking may be this late, so that one question is about many messages. */
  settleGatherMs: 2_000,
  /** How often scheduled work is looked for. */
  jobPollMs: 30_000,
  /** Texts wait for a live call to take them up, until its lane has not been leased for this long. */
  callLaneSilentMs: 60_000,
  /** How often signs of life of calls are written down, all in one statement. */
  callLeaseFlushMs: 500,
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
   * The vendor is asked for a text that it took and of whose end nothing was heard for this long, then whenever that time
   * has doubled, and no more after the second: a text is worth sending for less, and some carriers never tell.
   */
  sendQuietMs: 900_000,
  sendQuietGiveUpMs: 14_400_000,
  /** How often the vendor's list is searched for texts whose webhook never came. */
  inboundPollMs: 60_000,
  /** Sending begins this long after a start at the latest; before that, once missed texts were looked for. */
  sendAfterStartMs: 30_000,
  /** The orchestrator, asked for its agents and silent, is asked again after this. */
  agentsAskAgainMs: 30_000,
  /** How often a process says which calls it carries, and learns which it does not any more; and while it carries none. */
  streamRenewMs: 2_000,
  streamRenewIdleMs: 5_000,
  /** A process that has not said so for this long carries none, and takes none. */
  processSilentMs: 15_000,
  /** A turn that a process left open is closed with what is known of it, this long after its call was carried last. */
  openTurnSilentMs: 60_000,
  /** A call that nobody has heard of for this long is over. */
  callSilentMs: 120_000,
} as const satisfies Record<string, number>;

export type RecoveryTimes = Readonly<Record<keyof typeof recoveryTimes, number>>;

/** Injects the `RecoveryTimes` that are in force. */
export const RECOVERY_TIMES = Symbol('RecoveryTimes');

/** The same times multiplied by `factor` (RECOVERY_TIME_SCALE), none below 1 ms. */
export function scaled(times: RecoveryTimes, factor: number): RecoveryTimes {
  const entries = Object.entries(times).map(([name, ms]) => [name, Math.max(1, Math.round(ms * factor))]);
  return Object.fromEntries(entries) as RecoveryTimes;
}
