import type { Prompt, PromptTools, ToolStep } from '@parley/dialogue';
import { RetryableError } from '@parley/messaging';
import {
  APICallError,
  jsonSchema,
  streamText,
  tool,
  type LanguageModel as AiSdkModel,
  type ModelMessage,
  type ToolSet,
} from 'ai';
import { LanguageModel, type ModelUsage, type ReplyPart } from '../language-model.js';

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
  ): AsyncIterable<ReplyPart> {
    try {
      yield* this.#stream(prompt, signal, onUsage);
    } catch (error) {
      if (!signal.aborted) throw toModelError(error);
    }
  }

  async *#stream(
    { system, channel, messages, tools }: Prompt,
    signal: AbortSignal,
    onUsage: (usage: ModelUsage) => void,
  ): AsyncIterable<ReplyPart> {
    const { stream } = streamText({
      model: this.model,
      instructions: system,
      messages: [
        ...messages.map(({ role, text }): ModelMessage => ({ role, content: text })),
        ...(tools?.used.flatMap(messagesOf) ?? []),
      ],
      ...(tools && { tools: toolSetOf(tools), toolChoice: tools.isOver ? 'none' : 'auto' }),
      maxOutputTokens: MAX_OUTPUT_TOKENS,
      maxRetries: 0,
      abortSignal: signal,
      providerOptions: { parley: { channel } },
      onError: () => undefined,
    });
    for await (const part of stream) {
      if (signal.aborted) return;
      if (part.type === 'text-delta') yield { kind: 'text', text: part.text };
      if (part.type === 'tool-call') {
        const { toolCallId: id, toolName, input } = part;
        yield { kind: 'tool-call', call: { id, tool: toolName, input } };
      }
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
const COMPLETE: ReadonlySet<string> = new Set(['stop', 'length', 'tool-calls']);

/**
 * Without anything that runs them: the SDK ends at a call of a tool and hands it over, as it does one that it does not
 * know.
 */
function toolSetOf({ offered }: PromptTools): ToolSet {
  return Object.fromEntries(
    offered.map(({ name, description, inputSchema }) => [
      name,
      tool({ description, inputSchema: jsonSchema(inputSchema) }),
    ]),
  );
}

function messagesOf({ id, tool: toolName, input, said, result }: ToolStep): ModelMessage[] {
  return [
    {
      role: 'assistant',
      content: [
        ...(said.trim() === '' ? [] : [{ type: 'text' as const, text: said }]),
        { type: 'tool-call', toolCallId: id, toolName, input },
      ],
    },
    {
      role: 'tool',
      content: [{ type: 'tool-result', toolCallId: id, toolName, output: { type: 'text', value: result } }],
    },
  ];
}

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
