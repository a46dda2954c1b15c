import { channelFacts, type DialogueChannel } from './channel-facts.js';

/** A message of the conversation's log, as far as the agent's context needs it. */
export interface LoggedMessage {
  seq: number;
  author: 'contact' | 'agent' | 'human';
  text: string;
  /** When the channel took it in, milliseconds since 1970; undefined for what we said. */
  receivedAtMs?: number | undefined;
  /** The channel's own count within its thread; it orders what was received in the same moment. */
  threadSeq?: number | undefined;
}

/** What bounds the context, besides the system prompt. */
export interface ContextBudget {
  maxMessages: number;
  maxTokens: number;
}

/** What a model is asked. */
export interface Prompt {
  system: string;
  channel: DialogueChannel;
  messages: readonly PromptMessage[];
}

export interface PromptMessage {
  role: 'user' | 'assistant';
  text: string;
}

export interface ContextInput {
  systemPrompt: string;
  channel: DialogueChannel;
  /** In the order of the log (`seq`). */
  log: readonly LoggedMessage[];
  budget: ContextBudget;
}

/** Puts together what the model reads: who it is, where it speaks, and the newest part of the log that fits. */
export function buildPrompt({ systemPrompt, channel, log, budget }: ContextInput): Prompt {
  const recent = newestWithin(budget, orderBursts(log));
  return {
    system: `${systemPrompt.trim()}\n\n${channelFacts(channel)}`,
    channel,
    messages: recent.map(toPromptMessage),
  };
}

/**
 * The log in the order a person meant it. Redelivery can swap texts that were sent one after the other, so each
 * run of the contact's messages is ordered by (receivedAt, threadSeq); what we said keeps its place.
 */
export function orderBursts(log: readonly LoggedMessage[]): LoggedMessage[] {
  const ordered: LoggedMessage[] = [];
  let burst: LoggedMessage[] = [];
  const endBurst = () => {
    ordered.push(...burst.toSorted(bySaid));
    burst = [];
  };
  for (const message of log) {
    if (message.author === 'contact') {
      burst.push(message);
    } else {
      endBurst();
      ordered.push(message);
    }
  }
  endBurst();
  return ordered;
}

/** A rough, rather high count of a text's tokens: one for three bytes of UTF-8, and the message's own frame. */
export function estimateTokens(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const codePoint = character.codePointAt(0)!;
    bytes += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
  }
  return Math.ceil(bytes / 3) + MESSAGE_FRAME_TOKENS;
}

const MESSAGE_FRAME_TOKENS = 4;
/** A text can be empty where only a picture was sent; vendors refuse an empty message. */
const WITHOUT_TEXT = '(a message without text)';

function bySaid(a: LoggedMessage, b: LoggedMessage): number {
  return (
    (a.receivedAtMs ?? 0) - (b.receivedAtMs ?? 0) || (a.threadSeq ?? 0) - (b.threadSeq ?? 0) || a.seq - b.seq
  );
}

/** The newest messages within the budget, oldest first; the newest one is always among them. */
function newestWithin(budget: ContextBudget, messages: readonly LoggedMessage[]): LoggedMessage[] {
  let tokens = 0;
  let first = messages.length;
  while (first > 0 && messages.length - first < budget.maxMessages) {
    tokens += estimateTokens(messages[first - 1]!.text);
    if (tokens > budget.maxTokens && first < messages.length) break;
    first -= 1;
  }
  return messages.slice(first);
}

function toPromptMessage({ author, text }: LoggedMessage): PromptMessage {
  return {
    role: author === 'contact' ? 'user' : 'assistant',
    text: text.trim() === '' ? WITHOUT_TEXT : text,
  };
}
