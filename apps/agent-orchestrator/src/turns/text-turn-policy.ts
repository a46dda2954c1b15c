import type { BurstPolicy } from '@parley/dialogue';
import {
  replyPoliciesFor,
  spokenReplyPolicy,
  textReplyPolicy,
  type ReplyPolicies,
} from '../replies/reply-policy.js';

/** Limits of text turns; times are in milliseconds. Those of leases and polls are in `recoveryTimes`. */
export const textTurnPolicy = {
  /** Turns of one process that compose their reply at the same time, with one call of the model each. */
  maxTurnsDrafting: 64,
  /** All turns that one process holds, those included whose draft only waits until the person is quiet. */
  maxTurnsHeld: 1_024,
  /** Turns claimed in one transaction. */
  maxClaims: 16,
  /** After this many leases of one turn have ended unrenewed, it fails without another call of the model. */
  maxExpiredLeases: 3,
  /** The pause before a turn retries to read or to commit while Postgres is unavailable. */
  outageRetryMs: 250,
  /** The pause before another claim of due turns whose conversation was locked. */
  busyRetryMs: 20,
  /** How long turns in progress may go on after the process starts to drain; then they are given back. */
  drainMs: 10_000,
  /** When a reply is sent although the person may still be writing. */
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

export type TextTurnPolicy = Readonly<typeof textTurnPolicy>;

/** Token of the `TextTurnPolicy` in force. */
export const TEXT_TURN_POLICY = Symbol('TextTurnPolicy');

/** The settings that change the policy. */
export interface TurnSettings {
  LLM_TIMEOUT_MS: number;
  BURST_TIME_SCALE: number;
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
