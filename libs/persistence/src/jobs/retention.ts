const HOUR_MS = 3_600_000;

/** How long finished messages and marks are stored, in milliseconds. */
export const retention = {
  /** A settled message. */
  settledMessageMs: 24 * HOUR_MS,
  /** An event: the event log reaches back this far. */
  publicEventMs: 30 * 24 * HOUR_MS,
  /**
   * The mark of a handled message. It is stored longer than any internal stream and any settled message, because a
   * consumer that is declared again reads its whole stream.
   */
  inboxMarkMs: 7 * 24 * HOUR_MS,
} as const;
