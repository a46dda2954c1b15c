const HOUR_MS = 3_600_000;

/** How long finished messages and marks are stored, in milliseconds. */
export const retention = {
  /** From publishing until a settled message is deleted. */
  settledMessageMs: 24 * HOUR_MS,
  /** From publishing until an event is deleted. The event log goes back this far. */
  publicEventMs: 30 * 24 * HOUR_MS,
  /**
   * From handling until a message's mark is deleted. Streams and settled messages are stored for less time,
   * because a consumer that is declared again reads its whole stream.
   */
  inboxMarkMs: 7 * 24 * HOUR_MS,
} as const;
