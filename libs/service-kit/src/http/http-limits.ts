/** All limits of the HTTP server. A route may set its own body limit. */
export const httpLimits = {
  /** For vendors' form posts and the API's JSON; a larger body is answered with 413. */
  bodyLimitBytes: 256 * 1024,
  maxHeaderBytes: 16 * 1024,
  /** The longest parameter in a path, decoded; a longer one is answered with 404. */
  maxParamChars: 1_000,
  /** From the first byte of a request until its headers are complete. */
  headersTimeoutMs: 10_000,
  /** From the first byte of a request until its body is complete. */
  requestTimeoutMs: 15_000,
  /** How often Node looks for connections that exceed the two limits above. */
  connectionCheckIntervalMs: 2_000,
  /** Longer than the proxies in front of us hold an idle connection, so that they do not reuse a closed one. */
  keepAliveTimeoutMs: 72_000,
} as const;
