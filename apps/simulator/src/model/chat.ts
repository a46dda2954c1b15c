import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { limits } from '../limits.js';
import type { ModelScript } from './model-script.js';

const TextPart = z.looseObject({ type: z.string(), text: z.string().optional() });

export const ChatMessage = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
  content: z.union([z.string(), z.array(TextPart)]).nullish(),
  tool_calls: z
    .array(z.looseObject({ function: z.looseObject({ arguments: z.string() }).nullish() }))
    .nullish(),
});
export type ChatMessage = z.output<typeof ChatMessage>;

/** What is read of `POST /v1/chat/completions`; everything else is accepted and logged as it came. */
export const ChatRequest = z.looseObject({
  model: z.string().min(1),
  messages: z.array(ChatMessage).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
});
export type ChatRequest = z.output<typeof ChatRequest>;

export function textOf(message: ChatMessage): string {
  if (typeof message.content === 'string') return message.content;
  return (message.content ?? []).map((part) => part.text ?? '').join('');
}

/** All that is in a message for somebody who looks for it: its text, and what tools were called with. */
export function wordsOf(message: ChatMessage): string {
  const called = (message.tool_calls ?? []).map((call) => call.function?.arguments ?? '');
  return [textOf(message), ...called].join('\n');
}

/** The default reply: proof of what the model was given. Same prompt, same words. */
function echoReply(messages: readonly ChatMessage[]): string {
  const count = messages.filter(({ role }) => role === 'user').length;
  return `Message ${count}: you said "${newestOf(messages)}"`;
}

/** What the person said last. */
export function newestOf(messages: readonly ChatMessage[]): string {
  const newest = messages.findLast(({ role }) => role === 'user');
  return newest ? textOf(newest) : '';
}

export function replyText(request: ChatRequest, script: ModelScript): string {
  if (script.mode === 'empty' || (script.toolCalls && script.text === undefined)) return '';
  const text = script.text ?? echoReply(request.messages);
  if (script.mode !== 'huge') return text;
  return `${text} `.repeat(Math.ceil(limits.hugeReplyChars / (text.length + 1)));
}

/** The tools it asks for, as OpenAI names and writes them. */
export function toolCallsOf(script: ModelScript) {
  return (script.toolCalls ?? []).map(({ name, arguments: input }) => ({
    id: `call_${randomBytes(12).toString('hex')}`,
    type: 'function' as const,
    function: { name, arguments: typeof input === 'string' ? input : JSON.stringify(input) },
  }));
}
export type ToolCalls = ReturnType<typeof toolCallsOf>;

const words = (text: string): number => text.split(/\s+/).filter(Boolean).length;

/** Tokens are counted as words: enough for usage figures that add up. */
export function usageOf(request: ChatRequest, reply: string) {
  const prompt = request.messages.reduce((sum, message) => sum + words(textOf(message)), 0);
  const completion = words(reply);
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}
