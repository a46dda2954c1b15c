import type { Prompt } from '@parley/dialogue';
import { RetryableError } from '@parley/messaging';
import { APICallError, streamText, type LanguageModel as AiSdkModel, type ModelMessage } from 'ai';
import { LanguageModel, type ModelUsage } from '../language-model.js';

/** Bounds what one answer can cost. Reasoning models count their thoughts too. */
const MAX_OUTPUT_TOKENS = 4096;

/** Any model of the AI SDK. Retries and time-outs are the caller's, so the SDK's own are off. */
export class AiSdkLanguageModel extends LanguageModel {
  constructor(private readonly model: AiSdkModel) {
    super();
  }

  async *reply(
    prompt: Prompt,
    signal: AbortSignal,
    onUsage: (usage: ModelUsage) => void = () => undefined,
  ): AsyncIterable<string> {
    try {
      yield* this.#stream(prompt, signal, onUsage);
    } catch (error) {
      if (!signal.aborted) throw toModelError(error);
    }
  }

  async *#stream(
    { system, channel, messages }: Prompt,
    signal: AbortSignal,
    onUsage: (usage: ModelUsage) => void,
  ): AsyncIterable<string> {
    const { stream } = streamText({
      model: this.model,
      instructions: system,
      messages: messages.map(({ role, text }): ModelMessage => ({ role, content: text })),
      maxOutputTokens: MAX_OUTPUT_TOKENS,
      maxRetries: 0,
      abortSignal: signal,
      providerOptions: { parley: { channel } },
      onError: () => undefined,
    });
    for await (const part of stream) {
      if (signal.aborted) return;
      if (part.type === 'text-delta') yield part.text;
      if (part.type === 'error') throw part.error;
      if (part.type === 'finish') {
        const { inputTokens = 0, outputTokens = 0 } = part.totalUsage;
        onUsage({ inputTokens, outputTokens });
      }
      if (part.type === 'finish' && !COMPLETE.has(part.finishReason)) {
        throw new RetryableError(`the model's answer ended early: ${part.finishReason}`);
      }
    }
  }
}

/** `length` is an answer cut at the token limit: still the best there is. */
const COMPLETE: ReadonlySet<string> = new Set(['stop', 'length']);

/** The vendor's errors hold the conversation and its answer: only what kind they are goes on. */
function toModelError(error: unknown): Error {
  if (error instanceof RetryableError) return error;
  if (APICallError.isInstance(error)) {
    const message = `the model's API answered ${error.statusCode ?? 'nothing'}`;
    return error.isRetryable ? new RetryableError(message) : new Error(message);
  }
  return new RetryableError(
    `the model's stream broke: ${error instanceof Error ? error.name : typeof error}`,
  );
}
