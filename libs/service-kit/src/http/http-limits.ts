/** Every bound of the HTTP server, in one place. A route may set its own body limit. */
export const httpLimits = {
  /** Form posts of vendors and JSON of the API; larger is 413. */
  bodyLimitBytes: 256 * 1024,
  maxHeaderBytes: 16 * 1024,
  /** The longest parameter in a path, decoded; a longer one is 404. */
  maxParamChars: 1_000,
  /** From the first byte of a request until its headers are complete. */
  headersTimeoutMs: 10_000,
  /** From the first byte of a request until its body is complete. */
  requestTimeoutMs: 15_000,
  /** How often Node looks for connections that exceed the two limits above. */
  connectionCheckIntervalMs: 2_000,
  /**
   * An idle connection stays open longer than at the proxies in front of us, so that they do not reuse a closed one.
   */
  keepAliveTimeoutMs: 72_000,
} as const;
