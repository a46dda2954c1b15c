import {
  isInputTooLong,
  MAX_TOOL_INPUT_CHARS,
  type Prompt,
  type PromptChannel,
  type PromptTools,
  type ToolStep,
} from '@parley/dialogue';
import { RetryableError } from '@parley/resilience';
import {
  APICallError,
  InvalidResponseDataError,
  jsonSchema,
  streamText,
  tool,
  type FinishReason,
  type LanguageModel as AiSdkModel,
  type ModelMessage,
  type TextStreamPart,
  type ToolSet,
} from 'ai';
import { withStreamEnd, type StreamEnd } from './end-mark.js';
import { EndlessReasoningError, LanguageModel, type ModelUsage, type ReplyPart } from '../language-model.js';

/** Limits the cost of one answer. Reasoning models count their reasoning too. */
const MAX_OUTPUT_TOKENS = 4096;
/** Stops endless reasoning of a server that ignores `MAX_OUTPUT_TOKENS`; in UTF-16 code units. */
const MAX_REASONING_CHARS = 64_000;

/** Asks any model of the AI SDK. The caller retries and limits the time, so the SDK does neither. */
export class AiSdkLanguageModel extends LanguageModel {
  constructor(private readonly model: AiSdkModel) {
    super();
  }

  async *reply(
    prompt: Prompt,
    signal: AbortSignal,
    onUsage: (usage: ModelUsage) => void = () => undefined,
  ): AsyncIterable<ReplyPart> {
    const reading = new AbortController();
    const stop = (): void => reading.abort();
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    try {
      yield* this.#read(prompt, reading.signal, onUsage);
    } catch (error) {
      if (!signal.aborted) throw toModelError(error);
    } finally {
      signal.removeEventListener('abort', stop);
      stop();
    }
  }

  async *#read(
    prompt: Prompt,
    signal: AbortSignal,
    onUsage: (usage: ModelUsage) => void,
  ): AsyncIterable<ReplyPart> {
    const end: StreamEnd = { hasEndMark: false };
    const ignored = new IgnoredParts();
    let isEmpty = true;
    for await (const part of withStreamEnd(end, () => this.#stream(prompt, signal))) {
      if (signal.aborted) return;
      if (part.type === 'error' && !(end.hasEndMark && isWithoutFinishReason(part.error))) throw part.error;
      const read = readPart(part) ?? ignored.add(part);
      if (read) {
        isEmpty &&= read.kind === 'text' && read.text.trim() === '';
        yield read;
        if (read.kind === 'tool-call' && isInputTooLong(read.call)) return;
      }
      if (part.type === 'finish') {
        const { inputTokens = 0, outputTokens = 0 } = part.totalUsage;
        onUsage({ inputTokens, outputTokens });
        const isBroken = part.finishReason === 'interrupted' && !end.hasEndMark;
        if (isBroken) throw new RetryableError("The model's answer broke off before its end mark");
        if (isEmpty) checkEmptyAnswer(part.finishReason);
      }
    }
  }

  #stream({ system, channel, marks, messages, tools }: Prompt, signal: AbortSignal) {
    return streamText({
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
      providerOptions: { parley: { channel: demoChannelOf(channel), marks: [...marks] } },
      onError: () => undefined,
    }).stream;
  }
}

/** Returns what the demo model must know of a channel; other providers ignore it. */
function demoChannelOf({ name, label, noReply }: PromptChannel) {
  return { name, label, ...(noReply !== undefined && { noReply }) };
}

type StreamPart = TextStreamPart<ToolSet>;

function readPart(part: StreamPart): ReplyPart | undefined {
  if (part.type === 'text-delta') return { kind: 'text', text: part.text };
  if (part.type !== 'tool-call') return undefined;
  const { toolCallId: id, toolName, input } = part;
  return { kind: 'tool-call', call: { id, tool: toolName, input } };
}

/** Limits the length of the parts that `readPart` ignores: reasoning, and pieces of a tool call's arguments. */
class IgnoredParts {
  #reasoningChars = 0;
  readonly #inputs = new Map<string, { tool: string; json: string }>();

  /**
   * Counts the length of a part. When the arguments of a tool call become too long, returns the call with cut
   * arguments.
   * @throws EndlessReasoningError
   */
  add(part: StreamPart): ReplyPart | undefined {
    if (part.type === 'reasoning-delta') this.#reason(part.text);
    if (part.type === 'tool-input-start') this.#inputs.set(part.id, { tool: part.toolName, json: '' });
    if (part.type !== 'tool-input-delta') return undefined;
    const call = this.#inputs.get(part.id);
    if (!call) return undefined;
    call.json += part.delta;
    if (!isInputTooLong({ input: call.json })) return undefined;
    const input = call.json.slice(0, MAX_TOOL_INPUT_CHARS + 1);
    return { kind: 'tool-call', call: { id: part.id, tool: call.tool, input } };
  }

  #reason(text: string): void {
    this.#reasoningChars += text.length;
    if (this.#reasoningChars > MAX_REASONING_CHARS) {
      throw new EndlessReasoningError(`The model reasoned for more than ${MAX_REASONING_CHARS} characters`);
    }
  }
}

class AnswerWithheldError extends Error {
  override readonly name = 'AnswerWithheldError';

  constructor() {
    super("The model's vendor withheld the answer (finish reason content-filter)");
  }
}

/**
 * Accepts an empty answer as silence if the model chose to write nothing, but not if it ran out of tokens or
 * if the vendor withheld the answer.
 * @throws RetryableError, or AnswerWithheldError, which a retry would repeat
 */
function checkEmptyAnswer(finishReason: FinishReason): void {
  if (finishReason === 'content-filter') throw new AnswerWithheldError();
  if (finishReason === 'stop' || finishReason === 'other') return;
  throw new RetryableError(`The model wrote nothing (finish reason ${finishReason})`);
}

/**
 * Returns whether the error only says that the vendor gave no finish reason. The SDK reports this even if the stream is
 * complete.
 */
function isWithoutFinishReason(error: unknown): boolean {
  return InvalidResponseDataError.isInstance(error) && error.data === undefined;
}

/**
 * Describes the tools to the SDK. They have no `execute`, so the SDK returns every tool call, known or not, and ends
 * its stream.
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

/** Returns an error without the vendor's message, which can quote the conversation. */
function toModelError(error: unknown): Error {
  if (error instanceof RetryableError || error instanceof AnswerWithheldError) return error;
  if (APICallError.isInstance(error)) {
    const { statusCode } = error;
    const message = statusCode ? `The model's API answered ${statusCode}` : "The model's API did not answer";
    return error.isRetryable ? new RetryableError(message) : new Error(message);
  }
  return new RetryableError(
    `The model's answer broke off: ${error instanceof Error ? error.name : typeof error}`,
  );
}
