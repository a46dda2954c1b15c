import { readAnswer } from './answer.js';
import type { PromptChannel } from './prompt-channel.js';

/** A tool as a model is told of it. */
export interface ToolOffer {
  name: string;
  /** What it does and when to use it, for the model. */
  description: string;
  /** JSON Schema of what it takes. */
  inputSchema: Readonly<Record<string, unknown>>;
}

/** A model's wish to use a tool; it need not be one that there is. */
export interface ToolCall {
  /** The model's own name for this call, by which it knows the result again. */
  id: string;
  tool: string;
  input: unknown;
}

/**
 * The longest arguments of a tool call that are read, in UTF-16 code units of their JSON: more than any tool of ours
 * takes, and little enough to go back to the model with what came of it.
 */
export const MAX_TOOL_INPUT_CHARS = 16_000;

/** Whether a call's arguments are longer than is read. An adapter breaks them off right behind the limit. */
export function isInputTooLong({ input }: Pick<ToolCall, 'input'>): boolean {
  const json = typeof input === 'string' ? input : (JSON.stringify(input) ?? '');
  return json.length > MAX_TOOL_INPUT_CHARS;
}

/** A tool that was used, or refused, in the turn that is being taken. */
export interface ToolStep extends ToolCall {
  /** What the model said right before it; '' where it said nothing. */
  said: string;
  /** What came of it, in words for the model. */
  result: string;
}

/** The tools of a prompt: those that may be called, and those that the turn has used already. */
export interface PromptTools {
  offered: readonly ToolOffer[];
  used: readonly ToolStep[];
  /** The turn has used its share: the model is to answer in words now. */
  isOver: boolean;
}

/**
 * A turn's answer out of what was said between its tools, in order. That nothing more needs to be said after a tool takes
 * nothing back.
 */
export function joinSaid(pieces: readonly string[], channel: Pick<PromptChannel, 'noReply'>): string {
  const said = pieces.flatMap((piece) => {
    const answer = readAnswer(piece, channel);
    return answer.kind === 'reply' ? [answer.text] : [];
  });
  return said.join('\n');
}
