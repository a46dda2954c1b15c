import { readReply } from './answer.js';
import type { PromptChannel } from './prompt-channel.js';

/** A tool as a prompt describes it. */
export interface ToolOffer {
  readonly name: string;
  /** For the model: what the tool does and when to use it. */
  readonly description: string;
  /** JSON Schema of its arguments. */
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

/** A model's request to use a tool. The tool may not exist. */
export interface ToolCall {
  /** The model's own id of this call; the result refers to it. */
  readonly id: string;
  readonly tool: string;
  readonly input: unknown;
}

/**
 * The longest arguments of a tool call, in UTF-16 code units of their JSON. No tool of ours needs more.
 */
export const MAX_TOOL_INPUT_CHARS = 16_000;

/**
 * Returns whether a call's arguments exceed the limit. An adapter cuts longer arguments one character after the limit.
 */
export function isInputTooLong({ input }: Pick<ToolCall, 'input'>): boolean {
  const json = typeof input === 'string' ? input : (JSON.stringify(input) ?? '');
  return json.length > MAX_TOOL_INPUT_CHARS;
}

/** A tool call of the current turn that ran or was refused. */
export interface ToolStep extends ToolCall {
  /** The model's text right before the tool call, possibly empty. */
  readonly said: string;
  /** The result as text for the model. */
  readonly result: string;
}

/** The tools that the model may call, and the tool calls of this turn so far. */
export interface PromptTools {
  readonly offered: readonly ToolOffer[];
  readonly used: readonly ToolStep[];
  /** True when the turn may use no more tools. The model must then reply with text. */
  readonly isOver: boolean;
}

/**
 * Joins the texts that the model wrote before, between and after its tool calls into one reply. "No reply"
 * after a tool call does not remove the text before the call.
 */
export function joinReplyTexts(pieces: readonly string[], channel: Pick<PromptChannel, 'noReply'>): string {
  const replies = pieces.flatMap((piece) => {
    const answer = readReply(piece, channel);
    return answer.kind === 'reply' ? [answer.text] : [];
  });
  return replies.join('\n');
}
