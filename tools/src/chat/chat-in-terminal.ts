import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { ChatClient, type ChatMessage } from './chat-client.js';

const REPLY_TIMEOUT_MS = 70_000;
/** After a reply it waits this long for further messages. */
const MORE_REPLIES_MS = 500;
const LOOK_MS = 50;

/** The chat could not be opened, or there was no reply. */
export class ChatError extends Error {
  override readonly name = 'ChatError';
}

export interface TerminalChat {
  origin: string;
  apiKey: string;
  userId: string;
  /** The only message; without it, each line of the input is one. */
  text?: string;
  input: NodeJS.ReadableStream & { isTTY?: boolean };
  print: (line: string) => void;
  replyTimeoutMs?: number;
}

/**
 * Chats as a user of the customer's: sends a message, or each line of the input, and prints what the others write. Typed
 * lines are sent at once; piped lines wait for the reply to the one before.
 * @throws ChatError
 */
export async function chatInTerminal(chat: TerminalChat): Promise<void> {
  const { origin, userId, text, input, print } = chat;
  let replies = 0;
  let isCurrent = false;
  const client = new ChatClient(`${origin.replace(/^http/, 'ws')}/v1/chat`, () => openSession(chat), {
    message: (message) => {
      if (isCurrent && message.author !== 'contact') replies += 1;
      if (isCurrent || text === undefined) print(lineOf(message, userId));
    },
    current: () => {
      isCurrent = true;
    },
    refused: (detail) => print(`! ${detail}`),
  });
  const running = client.run();
  const askAndWait = async (words: string): Promise<void> => {
    const before = replies;
    client.say(words);
    await untilTrue(() => replies > before && !client.isSending, chat, running);
    await delay(MORE_REPLIES_MS);
  };
  try {
    await untilTrue(() => isCurrent, chat, running);
    if (text !== undefined) return await askAndWait(text);
    for await (const line of createInterface({ input })) {
      if (line.trim() === '') continue;
      if (input.isTTY) client.say(line);
      else await askAndWait(line);
    }
  } finally {
    client.close();
    await running;
  }
}

function lineOf({ author, channel, text }: ChatMessage, userId: string): string {
  const how = channel === 'web' ? '' : ` (${channel})`;
  return `${author === 'contact' ? userId : author}${how} → ${text}`;
}

/** Opens a session as the customer's backend does. */
async function openSession({ origin, apiKey, userId }: TerminalChat): Promise<string> {
  const response = await fetch(`${origin}/v1/chat/sessions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ userId }),
  }).catch(() => {
    throw new ChatError('Parley does not answer. Is npm start still running?');
  });
  const body = (await response.json()) as { token?: string; detail?: string; title?: string };
  if (body.token === undefined) throw new ChatError(body.detail ?? body.title ?? `HTTP ${response.status}`);
  return body.token;
}

/** Ends with the error of a chat that could not be opened. */
async function untilTrue(
  condition: () => boolean,
  { replyTimeoutMs = REPLY_TIMEOUT_MS }: TerminalChat,
  running: Promise<void>,
): Promise<void> {
  const deadline = performance.now() + replyTimeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) {
      throw new ChatError(`No reply within ${replyTimeoutMs / 1_000} s. See the logs of npm start.`);
    }
    await Promise.race([running, delay(LOOK_MS)]);
  }
}
