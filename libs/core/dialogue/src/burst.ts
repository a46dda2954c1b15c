/** The texts that one reply answers together. Times are milliseconds of one clock. */
export interface Burst {
  readonly firstAtMs: number;
  readonly newestAtMs: number;
  /** How often a newer text superseded the turn. */
  readonly reruns: number;
}

export interface BurstPolicy {
  /** The longest duration of a burst from its first text. */
  readonly longestMs: number;
  /** After `longestMs`, a newer text supersedes the turn only if the turn has fewer reruns than this. */
  readonly maxReruns: number;
  /** After `longestMs`, a newer text supersedes the turn only while the burst is younger than this. */
  readonly supersededForMs: number;
}

/**
 * Returns when a reply may be sent: after the person has sent nothing for `quietMs`, which depends on the channel, or
 * at the burst's longest duration.
 */
export function quietAtMs(burst: Burst, quietMs: number, { longestMs }: BurstPolicy): number {
  return Math.min(burst.newestAtMs + quietMs, burst.firstAtMs + longestMs);
}

/**
 * Returns whether a newer text supersedes the turn: always within a burst, and after that as the policy
 * allows, so that a person who never stops writing gets a reply too.
 */
export function isSupersededByNewer(burst: Burst, policy: BurstPolicy, nowMs: number): boolean {
  const ageMs = nowMs - burst.firstAtMs;
  if (ageMs < policy.longestMs) return true;
  return burst.reruns < policy.maxReruns && ageMs < policy.supersededForMs;
}

/**
 * Returns whether the next rerun must wait until the person is quiet before it asks the model.
 */
export function asksOnlyWhenQuiet({ reruns }: Burst, { maxReruns }: BurstPolicy): boolean {
  return reruns > maxReruns;
}
