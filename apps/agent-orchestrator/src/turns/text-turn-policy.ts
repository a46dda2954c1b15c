import type { BurstPolicy } from '@parley/dialogue';
import {
  replyPoliciesFor,
  spokenReplyPolicy,
  textReplyPolicy,
  type ReplyPolicies,
} from '../replies/reply-policy.js';

/** Limits of text turns; times are in milliseconds. `recoveryTimes` has the times of leases and polls. */
export const textTurnPolicy = {
  /** The most turns of one process that compose their reply at the same time, each with one request to the model. */
  maxTurnsDrafting: 64,
  /** The most turns that one process holds, including turns whose reply only waits until the person is quiet. */
  maxTurnsHeld: 1_024,
  /** The most turns that one transaction claims. */
  maxClaims: 16,
  /** After this many leases of a turn have expired, the turn fails without another request to the model. */
  maxExpiredLeases: 3,
  /** The pause before a turn retries to read or to commit while Postgres is unavailable. */
  outageRetryMs: 250,
  /** The pause before another claim of due turns whose conversation was locked. */
  busyRetryMs: 20,
  /** How long turns in progress may go on when the process drains; after that, they are given back. */
  drainMs: 10_000,
  /** How long a reply waits for more texts, and until when a newer text supersedes the turn. */
  bursts: {
    /** Multiplies the quiet time of each channel. */
    quietTimeScale: 1,
    longestMs: 5_000,
    maxReruns: 2,
    supersededForMs: 20_000,
  } satisfies BurstPolicy & { quietTimeScale: number },
  /** The limits of each reply. */
  replies: { text: textReplyPolicy, spoken: spokenReplyPolicy } satisfies ReplyPolicies,
};

export type TextTurnPolicy = Readonly<typeof textTurnPolicy>;

/** Token of the `TextTurnPolicy` in force. */
export const TEXT_TURN_POLICY = Symbol('TextTurnPolicy');

/** The settings that change the policy. */
export interface TurnSettings {
  readonly LLM_TIMEOUT_MS: number;
  readonly BURST_TIME_SCALE: number;
}

export function textTurnPolicyFor({ LLM_TIMEOUT_MS, BURST_TIME_SCALE }: TurnSettings): TextTurnPolicy {
  const { longestMs, maxReruns, supersededForMs } = textTurnPolicy.bursts;
  const scaled = (ms: number) => ms * BURST_TIME_SCALE;
  return {
    ...textTurnPolicy,
    replies: replyPoliciesFor({ LLM_TIMEOUT_MS }),
    bursts: {
      quietTimeScale: BURST_TIME_SCALE,
      longestMs: scaled(longestMs),
      maxReruns,
      supersededForMs: scaled(supersededForMs),
    },
  };
}
