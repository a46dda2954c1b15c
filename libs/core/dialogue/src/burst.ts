/** Texts that one reply answers together. Times are milliseconds of one clock. */
export interface Burst {
  firstAtMs: number;
  newestAtMs: number;
  /** How many drafts a newer text superseded. */
  reruns: number;
}

export interface BurstPolicy {
  /** The longest that a burst lasts from its first text, however fast the person types. */
  longestMs: number;
  /** After `longestMs`, a newer text supersedes a draft only while fewer drafts than this were superseded. */
  maxReruns: number;
  /** After `longestMs`, a newer text supersedes a draft only while the burst is younger than this. */
  supersededForMs: number;
}

/**
 * Returns when a reply may be sent: after the person has sent nothing for `quietMs`, which depends on the channel, or
 * at the burst's longest duration.
 */
export function quietAtMs(burst: Burst, quietMs: number, { longestMs }: BurstPolicy): number {
  return Math.min(burst.newestAtMs + quietMs, burst.firstAtMs + longestMs);
}

/**
 * Whether a newer text supersedes the draft. Within a burst it always does; after that the policy limits how often and
 * for how long, so that a person who never stops writing gets a reply too.
 */
export function yieldsToNewer(burst: Burst, policy: BurstPolicy, nowMs: number): boolean {
  const ageMs = nowMs - burst.firstAtMs;
  if (ageMs < policy.longestMs) return true;
  return burst.reruns < policy.maxReruns && ageMs < policy.supersededForMs;
}

/**
 * Whether to ask the model only after the person has stopped writing, because enough drafts of this burst were
 * superseded.
 */
export function asksOnlyWhenQuiet({ reruns }: Burst, { maxReruns }: BurstPolicy): boolean {
  return reruns > maxReruns;
}
