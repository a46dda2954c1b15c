import type { PromptChannel, PromptMessage } from '@parley/dialogue';

/** The properties of a channel that the demo agent uses. */
export type DemoChannel = Pick<PromptChannel, 'name' | 'label' | 'noReply'>;

/** The channel that the demo agent answers on, and the conversation so far. */
export interface DemoConversation {
  channel: DemoChannel;
  readonly messages: readonly PromptMessage[];
}

/**
 * Returns the demo agent's reply, always the same for the same conversation. The agent finds names, facts
 * ("my dog is called Rex") and notes ("remember that …") in the messages of the prompt, and answers a burst
 * of texts together.
 */
export function demoReply({ channel, messages }: DemoConversation): string {
  const lastReply = messages.findLastIndex(({ role }) => role === 'assistant');
  const isFirstContact = lastReply === -1;
  const replies: string[] = [];
  for (const [index, { role, text }] of messages.entries()) {
    if (role !== 'user' || index <= lastReply) continue;
    const received = messages.slice(0, index + 1).filter((message) => message.role === 'user');
    replies.push(
      replyTo(text.trim(), {
        channel,
        received: received.map((message) => readable(message.text)),
        isFirstContact,
      }),
    );
  }
  const sent = replies.filter((reply) => reply !== SILENCE);
  return sent.length > 0 ? sent.join('\n') : (channel.noReply ?? '');
}

/** A tool call of the demo agent. */
export interface DemoToolUse {
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
}

const WANTS_TEXT = /\b(?:text|send)\s+(?:me|it to me)\b[\s:,]*(.*)$/isu;
/** Words after "text me" that stand for the agent's last message, such as "that". */
const MEANS_LAST_MESSAGE =
  /^(?:(?:that|this|it|your answer)(?:,? (?:by (?:sms|text)|in a text|as a text|please))*|(?:a|an) (?:text|sms|message)|please)?$/iu;

/**
 * Returns the tool call for "text me …" in a call, or the reply after the tool was used; undefined for other
 * messages.
 */
export function demoToolUse({
  channel,
  messages,
  tools,
  result,
}: DemoConversation & {
  tools: readonly string[];
  /** The result of the tool that the demo agent has just used. */
  result: string | undefined;
}): DemoToolUse | string | undefined {
  if (result !== undefined) {
    return result.startsWith('Successfully') ? 'Done, I have texted you.' : `I could not. ${result}`;
  }
  const last = messages.at(-1);
  if (channel.name !== 'voice' || !tools.includes('send_sms') || last?.role !== 'user') return undefined;
  const wanted = WANTS_TEXT.exec(readable(last.text.trim()))?.[1]?.replace(/[.!?\s]+$/u, '');
  if (wanted === undefined) return undefined;
  const said = messages.findLast(({ role }) => role === 'assistant')?.text;
  const text = MEANS_LAST_MESSAGE.test(wanted) ? said : wanted;
  return text ? { tool: 'send_sms', input: { text } } : 'Tell me what to text you.';
}

/** The answer of a skill that sends no reply. */
const SILENCE = '';

interface Memory {
  channel: DemoChannel;
  /** The person's messages up to this one, oldest first. */
  readonly received: readonly string[];
  readonly isFirstContact: boolean;
}

type Skill = { asks: RegExp; reply: (match: RegExpExecArray, memory: Memory) => string };

const TELLS_NAME = /\b(?:my name(?:'s|’s| is)|call me)\s+([^.,;!?\n]+)/iu;
/** Matches "I'm Ada" but not "I'm hungry": the name must be capitalised. */
const INTRODUCES_SELF = /\b(?:I am|i am|I['’]m|i['’]m)\s+(\p{Lu}[\p{L}'’-]*(?:\s+\p{Lu}[\p{L}'’-]*)*)/u;
const TELLS_NOTE = /\b(?:please )?remember\s+(?:that\s+|this:?\s+)?(.+)/isu;
const TELLS_FACT = /\bmy\s+([\p{L}\p{N}][\p{L}\p{N} '’-]{0,60}?)\s+(?:is called|is|are)\s+([^.;!?\n]+)/iu;

/** The demo agent's skills. Only the first skill whose pattern matches gives an answer. */
const SKILLS: readonly Skill[] = [
  {
    asks: /\b(?:no need to (?:reply|answer)|(?:do not|don['’]t) (?:reply|answer))\b/iu,
    reply: () => SILENCE,
  },
  {
    asks: /\bwhat(?:['’]s| is) my name\b|\bwho am i\b|\bdo you (?:know|remember) my name\b/iu,
    reply: (_, { received }) => {
      const name = lastName(received);
      return name ? `Your name is ${name}.` : 'You have not told me your name yet.';
    },
  },
  {
    asks: /\bwhat (?:did|do) (?:i (?:ask|tell) you to remember|you remember)\b/iu,
    reply: (_, { received }) => {
      const notes = received.slice(0, -1).flatMap((text) => noteIn(text) ?? []);
      return notes.length > 0
        ? `You asked me to remember: ${notes.join('; ')}.`
        : 'You have not asked me to remember anything yet.';
    },
  },
  {
    asks: /\bwhat (?:did i say|was my) (first|last)\b|\bwhat was the (first|last) thing i (?:said|wrote)\b/iu,
    reply: (match, { received }) => {
      const which = (match[1] ?? match[2])!.toLowerCase();
      const said = received.length < 2 ? undefined : which === 'first' ? received[0] : received.at(-2);
      if (said === undefined) return 'This is the first thing you have said.';
      return which === 'first'
        ? `The first thing you said was: "${said}"`
        : `Before that you said: "${said}"`;
    },
  },
  {
    asks: /\bwhat(?:['’]s| is) my ([\p{L}\p{N}][\p{L}\p{N} '’-]*)/iu,
    reply: (match, { received }) => {
      const thing = match[1]!.trim();
      const value = factAbout(thing, received);
      return value ? `Your ${thing} is ${value}.` : `You have not told me about your ${thing} yet.`;
    },
  },
  {
    asks: /\b(?:which|what) channel\b|\bhow am i (?:reaching|talking to|writing to) you\b|\bis this (?:an? )?(?:sms|text|call|chat)\b/iu,
    reply: (_, { channel }) => `You are reaching me by ${channel.label}.`,
  },
  { asks: TELLS_NAME, reply: (match) => `Nice to meet you, ${match[1]!.trim()}.` },
  { asks: INTRODUCES_SELF, reply: (match) => `Nice to meet you, ${match[1]!}.` },
  { asks: TELLS_NOTE, reply: (match) => `I will remember: ${trimEnd(match[1]!)}.` },
  { asks: TELLS_FACT, reply: (match) => `Noted: your ${match[1]!.trim()} is ${match[2]!.trim()}.` },
  {
    asks: /^(?:hi|hello|hey|good (?:morning|afternoon|evening))\b/iu,
    reply: (_, { channel, received }) => {
      const name = lastName(received);
      const greeting = name ? `Hello ${name}!` : 'Hello!';
      return `${greeting} This is Parley's demo agent, answering by ${channel.label}. Tell me something to remember.`;
    },
  },
];

function replyTo(text: string, memory: Memory): string {
  for (const { asks, reply } of SKILLS) {
    const match = asks.exec(readable(text));
    if (match) return reply(match, memory);
  }
  const introduction =
    memory.isFirstContact && memory.received.length === 1 ? "This is Parley's demo agent. " : '';
  return `${introduction}You said: "${text}"`;
}

/** The longest part of a message that the demo agent reads, because some of its patterns take quadratic time. */
const MAX_READ_CHARS = 1_000;

function readable(text: string): string {
  return text.slice(0, MAX_READ_CHARS);
}

/** Returns the name that the person gave last, in their spelling. */
function lastName(received: readonly string[]): string | undefined {
  for (const text of received.toReversed()) {
    const name = (TELLS_NAME.exec(text) ?? INTRODUCES_SELF.exec(text))?.[1]?.trim();
    if (name) return name;
  }
  return undefined;
}

function noteIn(text: string): string | undefined {
  if (text.trimEnd().endsWith('?')) return undefined;
  const note = TELLS_NOTE.exec(text)?.[1];
  return note === undefined ? undefined : trimEnd(note);
}

function factAbout(thing: string, received: readonly string[]): string | undefined {
  for (const text of received.toReversed()) {
    const fact = TELLS_FACT.exec(text);
    if (fact && fact[1]!.trim().toLowerCase() === thing.toLowerCase()) return fact[2]!.trim();
  }
  return undefined;
}

function trimEnd(text: string): string {
  return text.trim().replace(/\.+$/u, '');
}
