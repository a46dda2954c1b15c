import type { BurstPolicy } from '@parley/dialogue';
import {
  replyPoliciesFor,
  spokenReplyPolicy,
  textReplyPolicy,
  type ReplyPolicies,
} from '../replies/reply-policy.js';

/** Every number by which turns are taken, in milliseconds where it is a time. Leases and scans: `recoveryTimes`. */
export const turnPolicy = {
  /** Turns of this process that work out their reply at once; each is at most one model call. */
  maxTurnsDrafting: 64,
  /** Turns of this process in all, those included whose draft only waits for the person to be quiet. */
  maxTurnsHeld: 1_024,
  /** Turns leased in one transaction. */
  maxClaims: 16,
  /** Leases of one turn that may run out; after them the turn ends without calling the model again. */
  maxExpiredLeases: 3,
  /** Pause before a turn tries again to read or to commit while Postgres is away. */
  outageRetryMs: 250,
  /** Pause before another look at due turns whose conversation somebody was writing to. */
  busyRetryMs: 20,
  /** How long turns in flight may go on after the signal to stop; then they are given back. */
  drainMs: 10_000,
  /** When a reply is said while the person may still be writing. */
  bursts: {
    /** Multiplies how long each channel waits for quiet. */
    quietTimeScale: 1,
    longestMs: 5_000,
    maxReruns: 2,
    supersededForMs: 20_000,
  } satisfies BurstPolicy & { quietTimeScale: number },
  /** How each reply is made. */
  replies: { text: textReplyPolicy, spoken: spokenReplyPolicy } satisfies ReplyPolicies,
};

export type TurnPolicy = Readonly<typeof turnPolicy>;

/** Injects the `TurnPolicy` that is in force. */
export const TURN_POLICY = Symbol('TurnPolicy');

/** What of the policy an installation or a test may set. */
export interface TurnSettings {
  LLM_TIMEOUT_MS: number;
  BURST_TIME_SCALE: number;
}

export function turnPolicyFor({ LLM_TIMEOUT_MS, BURST_TIME_SCALE }: TurnSettings): TurnPolicy {
  const { longestMs, maxReruns, supersededForMs } = turnPolicy.bursts;
  const scaled = (ms: number) => ms * BURST_TIME_SCALE;
  return {
    ...turnPolicy,
    replies: replyPoliciesFor({ LLM_TIMEOUT_MS }),
    bursts: {
      quietTimeScale: BURST_TIME_SCALE,
      longestMs: scaled(longestMs),
      maxReruns,
      supersededForMs: scaled(supersededForMs),
    },
  };
}
