import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5_000;

/** A message of the conversation. */
export interface ChatMessage {
  id: string;
  conversationId: string;
  seq: number;
  channel: string;
  author: string;
  text: string;
}

type Frame =
  | { type: 'accepted'; clientMessageId: string }
  | { type: 'message'; message: ChatMessage }
  | { type: 'status'; state: 'current' | 'delayed' }
  | { type: 'error'; code: string; detail: string; clientMessageId?: string };

export interface ChatListener {
  message(message: ChatMessage): void;
  /** The client has all messages. */
  current(): void;
  refused(detail: string): void;
}

/** Errors after which the same message is sent again. */
const RETRIED = new Set(['unavailable', 'too-many-messages']);
const RESEND_AFTER_MS = 1_000;

/**
 * A client of web chat as docs/web-chat.md describes it: it reconnects, resumes after its last message, and sends again
 * what was not accepted.
 */
export class ChatClient {
  readonly #unaccepted = new Map<string, string>();
  #position: { conversationId: string; lastSeq: number } | undefined;
  #socket: WebSocket | undefined;
  #isClosed = false;

  /** @param openSession returns a new session token */
  constructor(
    private readonly url: string,
    private readonly openSession: () => Promise<string>,
    private readonly listener: ChatListener,
  ) {}

  /** Whether a message is not stored yet. */
  get isSending(): boolean {
    return this.#unaccepted.size > 0;
  }

  say(text: string): void {
    const clientMessageId = randomUUID();
    this.#unaccepted.set(clientMessageId, text);
    this.#sendMessage(clientMessageId);
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.close();
  }

  /** Stays connected until it is closed. Rejects when the first session cannot be opened. */
  async run(): Promise<void> {
    let token = await this.openSession();
    let pauseMs = FIRST_RETRY_MS;
    while (!this.#isClosed) {
      const { wasOpen } = await this.#connection(token);
      if (this.#isClosed) return;
      pauseMs = wasOpen ? FIRST_RETRY_MS : Math.min(pauseMs * 2, LONGEST_RETRY_MS);
      await delay(pauseMs);
      token = await this.openSession().catch(() => token);
    }
  }

  /** Resolves when the socket has closed. */
  #connection(token: string): Promise<{ wasOpen: boolean }> {
    return new Promise((resolve) => {
      let wasOpen = false;
      const socket = new WebSocket(this.url, ['parley.chat.v1', token]);
      this.#socket = socket;
      socket.addEventListener('open', () => {
        wasOpen = true;
        this.#send({ type: 'resume', ...this.#position });
        for (const id of this.#unaccepted.keys()) this.#sendMessage(id);
      });
      socket.addEventListener('message', ({ data }) => this.#receive(JSON.parse(String(data)) as Frame));
      socket.addEventListener('error', () => undefined);
      socket.addEventListener('close', () => resolve({ wasOpen }));
    });
  }

  #receive(frame: Frame): void {
    if (frame.type === 'accepted') this.#unaccepted.delete(frame.clientMessageId);
    if (frame.type === 'status' && frame.state === 'current') this.listener.current();
    if (frame.type === 'error') this.#handleError(frame);
    if (frame.type !== 'message') return;
    const { conversationId, seq: lastSeq } = frame.message;
    this.#position = { conversationId, lastSeq };
    this.listener.message(frame.message);
  }

  #handleError({ code, detail, clientMessageId }: Extract<Frame, { type: 'error' }>): void {
    if (clientMessageId !== undefined && RETRIED.has(code)) {
      setTimeout(() => this.#sendMessage(clientMessageId), RESEND_AFTER_MS);
      return;
    }
    if (clientMessageId !== undefined) this.#unaccepted.delete(clientMessageId);
    this.listener.refused(detail);
  }

  #sendMessage(clientMessageId: string): void {
    const text = this.#unaccepted.get(clientMessageId);
    if (text !== undefined) this.#send({ type: 'message', clientMessageId, text });
  }

  #send(frame: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }
}
