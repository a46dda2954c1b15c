import { contactTexts, type PromptMessage } from '@parley/dialogue';
import type { LanguageModel } from 'ai';
import { z } from 'zod';
import { demoReply, demoToolUse, type DemoToolUse } from './demo-brain.js';

type LanguageModelV4 = Extract<LanguageModel, { specificationVersion: 'v4' }>;
type CallOptions = Parameters<LanguageModelV4['doStream']>[0];
type StreamResult = Awaited<ReturnType<LanguageModelV4['doStream']>>;
type StreamPart = StreamResult['stream'] extends ReadableStream<infer Part> ? Part : never;

/** The options that `AiSdkLanguageModel` passes beside the prompt. */
const DemoOptions = z.object({
  channel: z.object({ name: z.string(), label: z.string(), noReply: z.string().exactOptional() }),
  marks: z.array(z.string()),
});
const TEXT_ID = 'reply';
const NO_USAGE = {
  inputTokens: { total: 0, noCache: 0, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 0, text: 0, reasoning: 0 },
} as const;
const STOPPED = { unified: 'stop', raw: 'stop' } as const;
const CALLED = { unified: 'tool-calls', raw: 'tool_calls' } as const;

/** Creates the built-in model. It has the interface of a vendor's model, but needs no key and no network. */
export function createDemoModel(): LanguageModelV4 {
  return {
    specificationVersion: 'v4',
    provider: 'parley',
    modelId: 'demo',
    supportedUrls: {},
    doGenerate: async (options) => {
      const answer = answerTo(options);
      return {
        content: [typeof answer === 'string' ? { type: 'text', text: answer } : toolCallOf(answer)],
        finishReason: typeof answer === 'string' ? STOPPED : CALLED,
        usage: NO_USAGE,
        warnings: [],
      };
    },
    doStream: async (options) => {
      const answer = answerTo(options);
      return { stream: typeof answer === 'string' ? streamOf(answer) : streamOfCall(answer) };
    },
  };
}

function answerTo({ prompt, providerOptions, tools }: CallOptions): string | DemoToolUse {
  const { channel, marks } = DemoOptions.parse(providerOptions?.['parley']);
  const conversation = { channel, messages: prompt.flatMap((message) => messagesOf(message, marks)) };
  const result = prompt.at(-1)?.role === 'tool' ? resultIn(prompt.at(-1)!) : undefined;
  return (
    demoToolUse({ ...conversation, tools: tools?.map(({ name }) => name) ?? [], result }) ??
    demoReply(conversation)
  );
}

function resultIn(message: CallOptions['prompt'][number]): string {
  const parts = message.role === 'tool' ? message.content : [];
  return parts
    .map((part) => (part.type === 'tool-result' && part.output.type === 'text' ? part.output.value : ''))
    .join('');
}

function messagesOf(message: CallOptions['prompt'][number], marks: readonly string[]): PromptMessage[] {
  if (message.role !== 'user' && message.role !== 'assistant') return [];
  const text = message.content.map((part) => (part.type === 'text' ? part.text : '')).join('');
  if (message.role === 'assistant') return [{ role: 'assistant', text }];
  return contactTexts(text, marks).map((said) => ({ role: 'user', text: said }));
}

function toolCallOf({ tool, input }: DemoToolUse) {
  return { type: 'tool-call' as const, toolCallId: 'use', toolName: tool, input: JSON.stringify(input) };
}

function streamOfCall(use: DemoToolUse): ReadableStream<StreamPart> {
  const parts: StreamPart[] = [
    { type: 'stream-start', warnings: [] },
    toolCallOf(use),
    { type: 'finish', finishReason: CALLED, usage: NO_USAGE },
  ];
  return ReadableStream.from(parts);
}

/** Streams word by word, as vendors do. */
function streamOf(text: string): ReadableStream<StreamPart> {
  const words = text.match(/\s*\S+|\s+$/gu) ?? [];
  const parts: StreamPart[] = [
    { type: 'stream-start', warnings: [] },
    { type: 'text-start', id: TEXT_ID },
    ...words.map((delta): StreamPart => ({ type: 'text-delta', id: TEXT_ID, delta })),
    { type: 'text-end', id: TEXT_ID },
    { type: 'finish', finishReason: STOPPED, usage: NO_USAGE },
  ];
  return ReadableStream.from(parts);
}
