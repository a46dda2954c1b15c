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

/** The fields of `POST /v1/chat/completions` that the simulator uses; it accepts and logs any others. */
export const ChatRequest = z.looseObject({
  model: z.string().min(1),
  messages: z.array(ChatMessage).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
});
export type ChatRequest = z.output<typeof ChatRequest>;

function messageText(message: ChatMessage): string {
  if (typeof message.content === 'string') return message.content;
  return (message.content ?? []).map((part) => part.text ?? '').join('');
}

/** The text of a message and the arguments of its tool calls, for `contains` queries. */
export function searchableText(message: ChatMessage): string {
  const called = (message.tool_calls ?? []).map((call) => call.function?.arguments ?? '');
  return [messageText(message), ...called].join('\n');
}

/** The default reply quotes the prompt; the same prompt gives the same reply. */
function echoReply(messages: readonly ChatMessage[]): string {
  const count = messages.filter(({ role }) => role === 'user').length;
  return `Message ${count}: you said "${lastUserText(messages)}"`;
}

/** The text of the last user message. */
export function lastUserText(messages: readonly ChatMessage[]): string {
  const newest = messages.findLast(({ role }) => role === 'user');
  return newest ? messageText(newest) : '';
}

export function replyText(request: ChatRequest, script: ModelScript): string {
  if (script.mode === 'empty' || (script.toolCalls && script.text === undefined)) return '';
  const text = script.text ?? echoReply(request.messages);
  if (script.mode !== 'huge') return text;
  return `${text} `.repeat(Math.ceil(limits.hugeReplyChars / (text.length + 1)));
}

/** The scripted tool calls in OpenAI's format. */
export function toolCallsOf(script: ModelScript) {
  return (script.toolCalls ?? []).map(({ name, arguments: input }) => ({
    id: `call_${randomBytes(12).toString('hex')}`,
    type: 'function' as const,
    function: { name, arguments: typeof input === 'string' ? input : JSON.stringify(input) },
  }));
}
export type ToolCalls = ReturnType<typeof toolCallsOf>;

const words = (text: string): number => text.split(/\s+/).filter(Boolean).length;

/** Token usage; one word counts as one token. */
export function usageOf(request: ChatRequest, reply: string) {
  const prompt = request.messages.reduce((sum, message) => sum + words(messageText(message)), 0);
  const completion = words(reply);
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}
