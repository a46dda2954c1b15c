import { readAnswer } from './answer.js';
import type { PromptChannel } from './prompt-channel.js';

/** A tool as a prompt describes it. */
export interface ToolOffer {
  name: string;
  /** For the model: what the tool does and when to use it. */
  description: string;
  /** JSON Schema of its arguments. */
  inputSchema: Readonly<Record<string, unknown>>;
}

/** A model's request to use a tool, which need not exist. */
export interface ToolCall {
  /** The model's own id of this call; the result refers to it. */
  id: string;
  tool: string;
  input: unknown;
}

/**
 * The longest arguments of a tool call that are read, in UTF-16 code units of their JSON: longer than those of any tool of
 * ours, and short enough to go back to the model with the result.
 */
export const MAX_TOOL_INPUT_CHARS = 16_000;

/** Whether a call's arguments exceed the limit. An adapter cuts them right after it. */
export function isInputTooLong({ input }: Pick<ToolCall, 'input'>): boolean {
  const json = typeof input === 'string' ? input : (JSON.stringify(input) ?? '');
  return json.length > MAX_TOOL_INPUT_CHARS;
}

/** A use of a tool in the current turn, or the refusal of one. */
export interface ToolStep extends ToolCall {
  /** The model's text right before it; may be ''. */
  said: string;
  /** The result, in words for the model. */
  result: string;
}

/** The tools of a prompt: those that the model may call, and the uses in this turn so far. */
export interface PromptTools {
  offered: readonly ToolOffer[];
  used: readonly ToolStep[];
  /** Set when the turn may use no more tools: the model must answer in words now. */
  isOver: boolean;
}

/**
 * Joins the texts that the model wrote before, between and after its tools into one reply. No reply after a tool does not
 * take back the text before it.
 */
export function joinReplyTexts(pieces: readonly string[], channel: Pick<PromptChannel, 'noReply'>): string {
  const replies = pieces.flatMap((piece) => {
    const answer = readAnswer(piece, channel);
    return answer.kind === 'reply' ? [answer.text] : [];
  });
  return replies.join('\n');
}
