import { isBlank } from '@parley/kernel';
import { mediaName } from './media-name.js';
import { channelInstructions, type PromptChannel } from './prompt-channel.js';
import type { PromptTools } from './tool-use.js';

/** The fields of a logged message that a prompt needs. */
export interface LoggedMessage {
  readonly seq: number;
  readonly author: 'contact' | 'agent' | 'human';
  readonly text: string;
  /** The channel of the message. Default: the channel of the reply. */
  readonly channel?: PromptChannel | undefined;
  /** The part of a spoken reply that the caller heard. */
  readonly heardText?: string | undefined;
  /** The media types of the attachments, such as `image/jpeg`. */
  readonly mediaTypes?: readonly string[] | undefined;
  /** True for a keyword (STOP, START, HELP), which is handled without the model. */
  readonly isKeyword?: boolean | undefined;
  /** True for a message of the contact that still needs a reply. */
  readonly isUnanswered?: boolean | undefined;
  /** When the channel received the message, in milliseconds since 1970; undefined for outbound messages. */
  readonly receivedAtMs?: number | undefined;
  /** The message's number in its thread, which orders messages that were received at the same time. */
  readonly threadSeq?: number | undefined;
}

/** Limits of the part of the log that a prompt contains. */
export interface ContextBudget {
  readonly maxMessages: number;
  readonly maxTokens: number;
}

/** The input of a model for one reply. */
export interface Prompt {
  readonly system: string;
  readonly channel: PromptChannel;
  readonly messages: readonly PromptMessage[];
  /** The marks of messages of other channels, such as `(by SMS)`. */
  readonly marks: readonly string[];
  /** Absent for an agent without tools. The model reads the used tools after the messages. */
  readonly tools?: PromptTools | undefined;
}

export interface PromptMessage {
  readonly role: 'user' | 'assistant';
  readonly text: string;
}

export interface ContextInput {
  readonly systemPrompt: string;
  readonly channel: PromptChannel;
  /** The messages in the order of the log (`seq`). */
  readonly log: readonly LoggedMessage[];
  readonly budget: ContextBudget;
}

/**
 * Builds a prompt: the system prompt, the channel of the reply, and the newest part of the log that fits the budget.
 */
export function buildPrompt({ systemPrompt, channel, log, budget }: ContextInput): Prompt {
  const visible = unansweredLast(orderBursts(log.filter(({ isKeyword }) => !isKeyword).flatMap(asHeard)));
  const recent = newestWithin(budget, visible);
  const marks = [...new Set(recent.flatMap((message) => markOf(message, channel) ?? []))];
  const facts =
    marks.length > 0
      ? `${channelInstructions(channel)}\n${marksFact(marks[0]!)}`
      : channelInstructions(channel);
  return {
    system: `${systemPrompt.trim()}\n\n${facts}`,
    channel,
    marks,
    messages: alternating(
      recent.map((message) => toPromptMessage(message, channel)),
      recent.length < visible.length ? LEFT_OUT : WE_BEGAN,
    ),
  };
}

function marksFact(example: string): string {
  return `What the person said elsewhere is marked, as in "${example}". Never write such marks yourself.`;
}

/** Returns the contact's texts in a user message of a prompt, without the prompt's `marks`. */
export function contactTexts(text: string, marks: readonly string[]): string[] {
  if (text === LEFT_OUT || text === WE_BEGAN) return [];
  return text.split(BETWEEN_TEXTS).map((each) => {
    const mark = marks.find((known) => each.startsWith(`${known} `));
    return mark ? each.slice(mark.length + 1) : each;
  });
}

/** The first user message of a prompt that would otherwise begin with the assistant. */
const LEFT_OUT = '(Earlier messages are left out.)';
const WE_BEGAN = '(You speak first.)';
const BETWEEN_TEXTS = '\n\n';

/**
 * Makes user and assistant alternate, the user first, because some models' chat templates refuse anything
 * else. Neighbouring messages of one role become one message.
 */
function alternating(messages: readonly PromptMessage[], beginning: string): PromptMessage[] {
  const merged: { role: PromptMessage['role']; texts: string[] }[] = [];
  for (const { role, text } of messages) {
    if (merged.length === 0 && role === 'assistant') merged.push({ role: 'user', texts: [beginning] });
    const last = merged.at(-1);
    if (last?.role === role) last.texts.push(text);
    else merged.push({ role, texts: [text] });
  }
  return merged.map(({ role, texts }) => ({ role, text: texts.join(BETWEEN_TEXTS) }));
}

/**
 * Puts the contact's messages in the order of sending, because redelivery can swap texts. Sorts each run of
 * them by (receivedAt, threadSeq); outbound messages do not move.
 */
export function orderBursts(log: readonly LoggedMessage[]): LoggedMessage[] {
  const ordered: LoggedMessage[] = [];
  let burst: LoggedMessage[] = [];
  const endBurst = () => {
    ordered.push(...burst.toSorted(bySendingOrder));
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

/**
 * Moves messages that need a reply to the end, in their order, so that a text that arrived during a call
 * follows the words of the call.
 */
function unansweredLast(log: readonly LoggedMessage[]): LoggedMessage[] {
  const isOpen = (message: LoggedMessage) => message.isUnanswered === true;
  return [...log.filter((message) => !isOpen(message)), ...log.filter(isOpen)];
}

/** Replaces a spoken reply by its heard part, and drops a reply that was not heard. */
function asHeard(message: LoggedMessage): LoggedMessage[] {
  if (message.heardText === undefined) return [message];
  return message.heardText.trim() === '' ? [] : [{ ...message, text: message.heardText }];
}

/**
 * Estimates a text's tokens, rather too many than too few: one for three bytes of UTF-8, and a few for the
 * message itself.
 */
export function estimateTokens(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const codePoint = character.codePointAt(0)!;
    bytes += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
  }
  return Math.ceil(bytes / 3) + MESSAGE_FRAME_TOKENS;
}

const MESSAGE_FRAME_TOKENS = 4;
/** Replaces an empty message, which vendors refuse. */
const WITHOUT_TEXT = '(a message without text)';

function bySendingOrder(a: LoggedMessage, b: LoggedMessage): number {
  return (
    (a.receivedAtMs ?? 0) - (b.receivedAtMs ?? 0) || (a.threadSeq ?? 0) - (b.threadSeq ?? 0) || a.seq - b.seq
  );
}

/** Returns the newest messages within the budget, oldest first. The newest message is always among them. */
function newestWithin(budget: ContextBudget, messages: readonly LoggedMessage[]): LoggedMessage[] {
  let tokens = 0;
  let first = messages.length;
  while (first > 0 && messages.length - first < budget.maxMessages) {
    tokens += estimateTokens(wordsOf(messages[first - 1]!));
    if (tokens > budget.maxTokens && first < messages.length) break;
    first -= 1;
  }
  return messages.slice(first);
}

/** Returns a message's text with the names of its attachments. */
function wordsOf({ text, mediaTypes = [] }: LoggedMessage): string {
  if (mediaTypes.length === 0) return isBlank(text) ? WITHOUT_TEXT : text;
  const media = mediaTypes.map(mediaName).join('; ');
  return isBlank(text) ? `(${media})` : `${text} (with ${media})`;
}

function toPromptMessage(message: LoggedMessage, channel: PromptChannel): PromptMessage {
  const mark = markOf(message, channel);
  return {
    role: message.author === 'contact' ? 'user' : 'assistant',
    text: mark ? `${mark} ${wordsOf(message)}` : wordsOf(message),
  };
}

/**
 * Returns the mark of a message. Only the contact's messages are marked, because a model copies marks that it finds in
 * its own messages.
 */
function markOf({ author, channel: own }: LoggedMessage, answered: PromptChannel): string | undefined {
  return author !== 'contact' || own === undefined || own.name === answered.name
    ? undefined
    : `(${own.mark})`;
}
