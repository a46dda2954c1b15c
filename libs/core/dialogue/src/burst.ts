import type { DialogueChannel } from './channel-facts.js';

/** Texts that are answered together. Moments are milliseconds of one clock. */
export interface Burst {
  channel: DialogueChannel;
  firstAtMs: number;
  newestAtMs: number;
  /** How many drafts were dropped for something newer. */
  reruns: number;
}

export interface BurstPolicy {
  /** The silence after which the person is taken to be done, … */
  quietMs: Readonly<Record<DialogueChannel, number>>;
  /** … and the longest that a burst lasts from its first text, however fast they type. */
  longestMs: number;
  /** After its longest: how many drafts it may have cost for one more to be dropped, … */
  maxReruns: number;
  /** … and the age from which on none is. */
  supersededForMs: number;
}

/** From when on a reply may be said: the person is quiet, or has talked long enough. */
export function quietAtMs(burst: Burst, { quietMs, longestMs }: BurstPolicy): number {
  return Math.min(burst.newestAtMs + quietMs[burst.channel], burst.firstAtMs + longestMs);
}

/**
 * Whether a newer text drops the draft. Within a burst always; after that only so often and so long, because
 * somebody who never stops writing is to be answered too.
 */
export function yieldsToNewer(burst: Burst, policy: BurstPolicy, nowMs: number): boolean {
  const ageMs = nowMs - burst.firstAtMs;
  if (ageMs < policy.longestMs) return true;
  return burst.reruns < policy.maxReruns && ageMs < policy.supersededForMs;
}

/** Whether to ask the model no sooner than the person is quiet: the drafts of this burst cost enough. */
export function asksOnlyWhenQuiet({ reruns }: Burst, { maxReruns }: BurstPolicy): boolean {
  return reruns > maxReruns;
}
