const HOUR_MS = 3_600_000;

/** How long what is done with is kept, in milliseconds. */
export const retention = {
  /** A message that all of its consumers have. */
  settledMessageMs: 24 * HOUR_MS,
  /** A public event: the event log reaches back this far. */
  publicEventMs: 30 * 24 * HOUR_MS,
  /**
   * The mark of a message that was taken in. Longer than any internal stream keeps a message, and a settled message
   * its row: a consumer that is declared anew reads its whole stream again.
   */
  inboxMarkMs: 7 * 24 * HOUR_MS,
} as const;
