import type { Prompt, ToolCall } from '@parley/dialogue';
import { RetryableError } from '@parley/resilience';

/** What a call of the model cost, in the vendor's own tokens. */
export interface ModelUsage {
  inputTokens: number;
  outputTokens: number;
}

/** A part of what a model answers: words, or the wish to use a tool. */
export type ReplyPart = { kind: 'text'; text: string } | { kind: 'tool-call'; call: ToolCall };

/** The model reasons without end and answers nothing: it was broken off, and is to be told so when it is asked again. */
export class EndlessReasoningError extends RetryableError {
  override readonly name = 'EndlessReasoningError';
}

/** Whatever speaks for an agent. It only ever asks for tools; using them is somebody else's work. */
export abstract class LanguageModel {
  /**
   * The reply to a prompt, as it is made; without what the model reasons. Arguments of a tool call that are too long
   * (`isInputTooLong`) come as their beginning, and nothing after them. Ends early, without an error, when `signal` is
   * aborted. `onUsage` is called at the end by models that tell.
   * @throws RetryableError when the same call may succeed in a moment; any other error will not mend itself
   */
  abstract reply(
    prompt: Prompt,
    signal: AbortSignal,
    onUsage?: (usage: ModelUsage) => void,
  ): AsyncIterable<ReplyPart>;
}
