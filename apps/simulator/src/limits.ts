/** Every limit of the simulator. All state is in memory; a full log drops its oldest entries. */
export const limits = {
  messages: 20_000,
  requests: 20_000,
  modelRequests: 5_000,
  /** Tool calls in one scripted answer. */
  toolCalls: 20,
  /** Questions with a scripted answer. */
  scriptedAnswers: 100,
  faults: 100,
  statusScriptSteps: 50,
  /** Longest long poll, and longest delay in a fault or script. */
  waitMs: 60_000,
  /** The connection of a hanging model request is dropped after this time. */
  hangMs: 600_000,
  /** Characters stored of a webhook's answer. */
  webhookAnswerChars: 10_000,
  /** Parallel connections to one webhook origin. */
  webhookSockets: 256,
  requestBodyBytes: 8 * 1024 * 1024,
  hugeReplyChars: 200_000,
  calls: 5_000,
  /** Events and heard words stored per call; `callEvents` limits those of all calls together. */
  eventsPerCall: 20_000,
  /** How often an idle event stream checks whether its reader has disconnected. */
  followMs: 1_000,
  callEvents: 100_000,
  callees: 100,
  /** TwiML verbs that one call may run: ends an endless redirect. */
  verbsPerCall: 2_000,
  spokenTextChars: 10_000,
  noiseMs: 60_000,
  echoMs: 2_000,
  streamHandshakeMs: 10_000,
  /** With more bytes than this waiting for a slow peer, its audio is discarded. */
  streamBacklogBytes: 64 * 1024,
  /** Largest message accepted on any socket. */
  socketMessageBytes: 1024 * 1024,
  /** A closing socket is terminated after this time. */
  closeMs: 3_000,
  vendorSockets: 5_000,
} as const;
