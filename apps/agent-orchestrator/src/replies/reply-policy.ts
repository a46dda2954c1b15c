import type { ContextBudget } from '@parley/dialogue';

/** Limits on what goes into making one reply. Times are in milliseconds. */
export interface ReplyPolicy {
  /** One call of the model. */
  modelCallTimeoutMs: number;
  /** From the first call until the first part of an answer, failed calls included; absent: only the other limits. */
  firstPartTimeoutMs?: number;
  /** The longest silence between two parts; absent: `modelCallTimeoutMs`. */
  gapTimeoutMs?: number;
  /** All calls of one turn, and the tools it uses. */
  turnTimeoutMs: number;
  /** Calls of the model per answer; the second only after an error that may pass. */
  maxModelCalls: number;
  /** Tools that one turn may use; then the model has to answer. */
  maxToolSteps: number;
  /** One use of a tool. */
  toolTimeoutMs: number;
  /** How long storing a tool's result is tried; after that, another attempt of the turn stores it. */
  toolSettleMs: number;
}

/** How much of the log the model reads. */
export const CONTEXT_BUDGET: ContextBudget = { maxMessages: 40, maxTokens: 6_000 };

/** A reply that is sent later than this is of no use. */
export const REPLY_VALID_FOR_MS = 4 * 3_600_000;

/** How replies are made that are sent as text. */
export const textReplyPolicy: ReplyPolicy = {
  modelCallTimeoutMs: 30_000,
  turnTimeoutMs: 60_000,
  maxModelCalls: 2,
  maxToolSteps: 4,
  toolTimeoutMs: 10_000,
  toolSettleMs: 5_000,
};

/**
 * How replies are made that are spoken. A caller is waiting, so the first word has a limit of its own, its failed calls
 * included; a reply goes on while words arrive. After a limit, the caller hears an apology.
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
  text: ReplyPolicy;
  spoken: ReplyPolicy;
}

/** Token of the `ReplyPolicies` in force. */
export const REPLY_POLICIES = Symbol('ReplyPolicies');

/** Both policies, with the installation's own time-out for one call of the model. */
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
