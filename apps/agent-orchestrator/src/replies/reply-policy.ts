import type { ContextBudget } from '@parley/dialogue';

/** Limits of one reply. Times are in milliseconds. */
export interface ReplyPolicy {
  /** Time-out of one request to the model. */
  readonly modelCallTimeoutMs: number;
  /**
   * Time-out from the first request to the first part of an answer, retries included; without it, only the
   * other limits count.
   */
  readonly firstPartTimeoutMs?: number;
  /** The longest pause between two parts of an answer; without it, `modelCallTimeoutMs` counts. */
  readonly gapTimeoutMs?: number;
  /** Time-out of all requests and tools of one turn. */
  readonly turnTimeoutMs: number;
  /** The most requests for one answer; each but the first follows a retryable error. */
  readonly maxModelCalls: number;
  /** The most tools that one turn may use; after them, the model must answer. */
  readonly maxToolSteps: number;
  /** Time-out of one tool's run. */
  readonly toolTimeoutMs: number;
  /** How long storing a tool's result is retried; after that, the turn is attempted again. */
  readonly toolSettleMs: number;
}

/** How many messages and tokens of the log a prompt contains at most. */
export const CONTEXT_BUDGET: ContextBudget = { maxMessages: 40, maxTokens: 6_000 };

/** A text reply that cannot be sent within this time expires. */
export const REPLY_VALID_FOR_MS = 4 * 3_600_000;

/** The limits of text replies. */
export const textReplyPolicy: ReplyPolicy = {
  modelCallTimeoutMs: 30_000,
  turnTimeoutMs: 60_000,
  maxModelCalls: 2,
  maxToolSteps: 4,
  toolTimeoutMs: 10_000,
  toolSettleMs: 5_000,
};

/**
 * The limits of spoken replies. A caller is waiting, so the first word has a limit of its own. A reply that
 * exceeds a limit ends in an apology.
 */
export const spokenReplyPolicy: ReplyPolicy = {
  ...textReplyPolicy,
  modelCallTimeoutMs: 120_000,
  firstPartTimeoutMs: 12_000,
  gapTimeoutMs: 8_000,
  turnTimeoutMs: 120_000,
  toolTimeoutMs: 6_000,
};

export interface ReplyPolicies {
  readonly text: ReplyPolicy;
  readonly spoken: ReplyPolicy;
}

/** Token of the `ReplyPolicies` in force. */
export const REPLY_POLICIES = Symbol('ReplyPolicies');

/** Returns both policies with the time-out of the setting `LLM_TIMEOUT_MS`. */
export function replyPoliciesFor({ LLM_TIMEOUT_MS }: { LLM_TIMEOUT_MS: number }): ReplyPolicies {
  const upTo = (ms: number) => Math.min(LLM_TIMEOUT_MS, ms);
  return {
    text: {
      ...textReplyPolicy,
      modelCallTimeoutMs: LLM_TIMEOUT_MS,
      turnTimeoutMs: LLM_TIMEOUT_MS * textReplyPolicy.maxModelCalls,
    },
    spoken: {
      ...spokenReplyPolicy,
      firstPartTimeoutMs: upTo(spokenReplyPolicy.firstPartTimeoutMs!),
      gapTimeoutMs: upTo(spokenReplyPolicy.gapTimeoutMs!),
    },
  };
}
