import type { Prompt, ToolCall } from '@parley/dialogue';
import { RetryableError } from '@parley/resilience';

/** The tokens of a call, as the vendor counts them. */
export interface ModelUsage {
  inputTokens: number;
  outputTokens: number;
}

/** A part of a model's answer: words, or a tool call. */
export type ReplyPart = { kind: 'text'; text: string } | { kind: 'tool-call'; call: ToolCall };

/** The model reasoned without end and was stopped. The next prompt should tell it so. */
export class EndlessReasoningError extends RetryableError {
  override readonly name = 'EndlessReasoningError';
}

/** The model that writes an agent's replies. It only calls tools; the caller uses them. */
export abstract class LanguageModel {
  /**
   * Streams the reply to a prompt, without the model's reasoning. It cuts the arguments of a tool call that are too long
   * (`isInputTooLong`) and ends after them. It ends without an error when `signal` aborts. Models that count tokens call
   * `onUsage` at the end.
   * @throws RetryableError if the same call may succeed soon; after any other error it will not
   */
  abstract reply(
    prompt: Prompt,
    signal: AbortSignal,
    onUsage?: (usage: ModelUsage) => void,
  ): AsyncIterable<ReplyPart>;
}
