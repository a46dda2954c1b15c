/**
 * Every bound of the simulator, in one place. All state is in memory: what exceeds a log's bound drops its oldest
 * entries.
 */
export const limits = {
  messages: 20_000,
  requests: 20_000,
  modelRequests: 5_000,
  /** Tools that one scripted answer may ask for. */
  toolCalls: 20,
  /** Questions that the model has answers to. */
  scriptedAnswers: 100,
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
  calls: 5_000,
  /** Events and heard words kept of one call, and events kept of all. */
  eventsPerCall: 20_000,
  /** How soon a reader of the event stream that left is noticed. */
  followMs: 1_000,
  callEvents: 100_000,
  callees: 100,
  /** Verbs and documents that one call may run through: a redirect to itself ends there. */
  verbsPerCall: 2_000,
  spokenTextChars: 10_000,
  noiseMs: 60_000,
  echoMs: 2_000,
  streamHandshakeMs: 10_000,
  /** Bytes that wait for a slow peer before its audio is discarded. */
  streamBacklogBytes: 64 * 1024,
  /** Longest message that is read from any socket. */
  socketMessageBytes: 1024 * 1024,
  /** A socket that was asked to close is dropped after this time. */
  closeMs: 3_000,
  vendorSockets: 5_000,
} as const;
