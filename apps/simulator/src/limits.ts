/** Every bound of the simulator, in one place. All state is in memory: what exceeds a log's bound drops its oldest entries. */
export const limits = {
  messages: 20_000,
  requests: 20_000,
  modelRequests: 5_000,
  faults: 100,
  statusScriptSteps: 50,
  /** Longest long-poll, and longest delay that a fault or a script may ask for. */
  waitMs: 60_000,
  /** A model request that hangs is dropped after this time. */
  hangMs: 600_000,
  /** Characters kept of a webhook's answer. */
  webhookAnswerChars: 10_000,
  /** Parallel connections to one webhook origin. */
  webhookSockets: 256,
  requestBodyBytes: 8 * 1024 * 1024,
  hugeReplyChars: 200_000,
} as const;
