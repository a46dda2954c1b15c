import type { BurstPolicy, ContextBudget } from '@parley/dialogue';

/** Every number by which turns are taken, in milliseconds where it is a time. Leases and scans: `recoveryTimes`. */
export const turnPolicy = {
  /** Turns of this process that work out their reply at once; each is at most one model call. */
  maxTurnsDrafting: 64,
  /** Turns of this process in all, those included whose draft only waits for the person to be quiet. */
  maxTurnsHeld: 1_024,
  /** Turns leased in one transaction. */
  maxClaims: 16,
  /** One call of the model. */
  modelCallTimeoutMs: 30_000,
  /** All calls of one turn, and the tools it uses. */
  turnTimeoutMs: 60_000,
  /** Calls of the model per turn; the second only after an error that may pass. */
  maxModelCalls: 2,
  /** Tools that one turn may use; then it is to answer. */
  maxToolSteps: 4,
  /** One use of a tool … */
  toolTimeoutMs: 10_000,
  /** … and how long it is tried to write down what came of it; then another attempt of the turn does. */
  toolSettleMs: 5_000,
  /**
   * What is spoken goes on as long as words come. Limits are on its first word (errors that are tried again included), on
   * the gap between two parts, on one tool, and on all of it; past them the caller hears an apology.
   */
  spokenFirstWordMs: 12_000,
  spokenGapMs: 8_000,
  spokenToolTimeoutMs: 6_000,
  spokenTurnTimeoutMs: 120_000,
  /** Leases of one turn that may run out; after them the turn ends without calling the model again. */
  maxExpiredLeases: 3,
  /** Pause before a turn tries again to read or to commit while Postgres is away. */
  outageRetryMs: 250,
  /** Pause before another look at due turns whose conversation somebody was writing to. */
  busyRetryMs: 20,
  /** How long turns in flight may go on after the signal to stop; then they are given back. */
  drainMs: 10_000,
  /** After this time a reply is no longer worth sending. */
  replyValidForMs: 4 * 3_600_000,
  /** What of the log the model reads. */
  context: { maxMessages: 40, maxTokens: 6_000 } satisfies ContextBudget,
  /** When a reply is said while the person may still be writing. */
  bursts: {
    quietMs: { sms: 1_500, web: 300, voice: 0 },
    longestMs: 5_000,
    maxReruns: 2,
    supersededForMs: 20_000,
  } satisfies BurstPolicy,
};

export type TurnPolicy = Readonly<typeof turnPolicy>;

/** Injects the `TurnPolicy` that is in force. */
export const TURN_POLICY = Symbol('TurnPolicy');

/** How the model is asked for what is spoken. */
export function aloud(policy: TurnPolicy) {
  return {
    modelCallTimeoutMs: policy.spokenTurnTimeoutMs,
    firstPartTimeoutMs: Math.min(policy.modelCallTimeoutMs, policy.spokenFirstWordMs),
    gapTimeoutMs: Math.min(policy.modelCallTimeoutMs, policy.spokenGapMs),
    turnTimeoutMs: policy.spokenTurnTimeoutMs,
    maxModelCalls: policy.maxModelCalls,
    maxToolSteps: policy.maxToolSteps,
    toolTimeoutMs: Math.min(policy.toolTimeoutMs, policy.spokenToolTimeoutMs),
    toolSettleMs: policy.toolSettleMs,
  };
}

/** What of the policy an installation or a test may set. */
export interface TurnSettings {
  LLM_TIMEOUT_MS: number;
  BURST_TIME_SCALE: number;
}

export function turnPolicyFor({ LLM_TIMEOUT_MS, BURST_TIME_SCALE }: TurnSettings): TurnPolicy {
  const { quietMs, longestMs, maxReruns, supersededForMs } = turnPolicy.bursts;
  const { sms, web, voice } = quietMs;
  const scaled = (ms: number) => ms * BURST_TIME_SCALE;
  return {
    ...turnPolicy,
    modelCallTimeoutMs: LLM_TIMEOUT_MS,
    turnTimeoutMs: LLM_TIMEOUT_MS * turnPolicy.maxModelCalls,
    bursts: {
      quietMs: { sms: scaled(sms), web: scaled(web), voice: scaled(voice) },
      longestMs: scaled(longestMs),
      maxReruns,
      supersededForMs: scaled(supersededForMs),
    },
  };
}
