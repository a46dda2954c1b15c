import type { Prompt, ToolCall } from '@parley/dialogue';
import { RetryableError } from '@parley/resilience';

/** The tokens of one request, as the vendor counts them. */
export interface ModelUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** A part of a model's answer: words, or a tool call. */
export type ReplyPart = { kind: 'text'; text: string } | { kind: 'tool-call'; call: ToolCall };

/** The model reasoned for too long and was stopped. The next prompt should ask for an answer at once. */
export class EndlessReasoningError extends RetryableError {
  override readonly name = 'EndlessReasoningError';
}

/** The model that writes an agent's replies. It returns the tool calls of the model and runs no tool. */
export abstract class LanguageModel {
  /**
   * Streams the reply to a prompt, without the model's reasoning. Arguments of a tool call that are too long
   * (`isInputTooLong`) are cut and end the stream. An abort of `signal` ends the stream without an error.
   * Models that count tokens call `onUsage` at the end.
   * @throws RetryableError if the same request may succeed soon; after any other error a retry is useless
   */
  abstract reply(
    prompt: Prompt,
    signal: AbortSignal,
    onUsage?: (usage: ModelUsage) => void,
  ): AsyncIterable<ReplyPart>;
}
