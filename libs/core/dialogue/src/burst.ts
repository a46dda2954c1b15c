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
  /** After that, a newer text supersedes a draft only while fewer than this many were superseded, … */
  maxReruns: number;
  /** … and only while the burst is younger than this. */
  supersededForMs: number;
}

/**
 * When a reply may be sent: the person has been quiet for `quietMs`, which depends on the channel, or the burst has lasted
 * its longest.
 */
export function quietAtMs(burst: Burst, quietMs: number, { longestMs }: BurstPolicy): number {
  return Math.min(burst.newestAtMs + quietMs, burst.firstAtMs + longestMs);
}

/**
 * Whether a newer text supersedes the draft: always within a burst, and after it only so often and for so long. A person
 * who never stops writing must get a reply too.
 */
export function yieldsToNewer(burst: Burst, policy: BurstPolicy, nowMs: number): boolean {
  const ageMs = nowMs - burst.firstAtMs;
  if (ageMs < policy.longestMs) return true;
  return burst.reruns < policy.maxReruns && ageMs < policy.supersededForMs;
}

/** Whether the model is asked only once the person is quiet, because this burst has cost enough drafts. */
export function asksOnlyWhenQuiet({ reruns }: Burst, { maxReruns }: BurstPolicy): boolean {
  return reruns > maxReruns;
}
