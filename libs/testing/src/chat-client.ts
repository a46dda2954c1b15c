import { waitUntil } from '@parley/local-stack';
import { randomUUID } from 'node:crypto';

/** A frame of web chat; see docs/web-chat.md. */
export interface ChatFrame {
  type: string;
  message?: {
    id: string;
    conversationId: string;
    seq: number;
    author: string;
    channel: string;
    text: string;
  };
  clientMessageId?: string;
  messageId?: string;
  draftId?: string;
  offset?: number;
  text?: string;
  isTyping?: boolean;
  state?: string;
  conversationId?: string;
  lastSeq?: number;
  code?: string;
  reason?: string;
  retryAfterMs?: number;
}

/** Node's WebSocket also takes headers, which its type does not know. */
type NodeWebSocket = new (
  url: string,
  init: { protocols: string[]; headers: Record<string, string> },
) => WebSocket;

/** A client of web chat. It records all frames that it receives. */
export class ChatClient {
  readonly frames: ChatFrame[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;

  private constructor(private readonly socket: WebSocket) {
    socket.addEventListener('message', ({ data }) => this.frames.push(JSON.parse(String(data)) as ChatFrame));
    this.closed = new Promise((resolve) =>
      socket.addEventListener('close', ({ code, reason }) => resolve({ code, reason })),
    );
  }

  /** Opens a socket at a gateway's URL. Rejects if the gateway refuses the upgrade. */
  static async open(
    gatewayUrl: string,
    token: string,
    {
      headers = {},
      protocols = ['parley.chat.v1', token],
    }: { headers?: Record<string, string>; protocols?: string[] } = {},
  ): Promise<ChatClient> {
    const url = `${gatewayUrl.replace(/^http/, 'ws')}/v1/chat`;
    const socket = new (WebSocket as unknown as NodeWebSocket)(url, { protocols, headers });
    const client = new ChatClient(socket);
    await new Promise<void>((resolve, reject) => {
      socket.addEventListener('open', () => resolve());
      socket.addEventListener('error', () => reject(new Error('The gateway refused the socket')));
    });
    return client;
  }

  send(frame: object): void {
    this.socket.send(JSON.stringify(frame));
  }

  sendRaw(text: string): void {
    this.socket.send(text);
  }

  /** Asks for the messages after a position, or for the newest ones. */
  resume(position: { conversationId?: string | undefined; lastSeq?: number } = {}): void {
    this.send({ type: 'resume', ...position });
  }

  /** Sends a message. Resolves with its id once it is accepted. */
  async say(text: string, clientMessageId: string = randomUUID()): Promise<string> {
    this.send({ type: 'message', clientMessageId, text });
    const accepted = await this.received('accepted', (frame) => frame.clientMessageId === clientMessageId);
    return accepted.messageId!;
  }

  /** Waits for a frame of this type. */
  async received(type: string, is: (frame: ChatFrame) => boolean = () => true): Promise<ChatFrame> {
    return waitUntil(`a frame "${type}"`, () =>
      this.frames.find((frame) => frame.type === type && is(frame)),
    );
  }

  /** The messages received so far. */
  get messages(): NonNullable<ChatFrame['message']>[] {
    return this.frames.flatMap(({ message }) => (message ? [message] : []));
  }

  /** The texts of the messages received so far. */
  get texts(): string[] {
    return this.messages.map(({ text }) => text);
  }

  /** The position after the last message received. */
  get position(): { conversationId?: string; lastSeq: number } {
    const last = this.messages.at(-1);
    return last ? { conversationId: last.conversationId, lastSeq: last.seq } : { lastSeq: 0 };
  }

  /** Waits for this many messages. */
  async hasMessages(count: number): Promise<string[]> {
    await waitUntil(`${count} messages`, () => this.messages.length >= count);
    return this.texts;
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}
