import { Logger } from '@nestjs/common';
import type { ChatPage, ChatPosition } from '@parley/contracts';
import type { ConversationId } from '@parley/kernel';
import { mayRpcSucceedLater } from '@parley/messaging';
import { sleep } from '@parley/resilience';
import type { ClosingReason, ChatMessage, ServerFrame } from '../frames/server-frames.js';
import type { ChatSession } from '../session/chat-tokens.js';
import type { ChatOutput } from './chat-output.js';

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5_000;

/** The chat that a connection follows. */
export interface FollowedChat {
  read(after: ChatPosition | undefined): Promise<ChatPage | null>;
  /** Called with the chat's conversation whenever it was read. */
  onConversation(id: ConversationId): void;
  /** Returns the frames that show the present draft. */
  draft(): readonly ServerFrame[];
  onClosed(): void;
}

/**
 * One client that follows a chat. It reads the log from the client's position on whenever it is woken, and sends each
 * message once, in order. The position is the client's own: any process can go on from it.
 */
export class ChatConnection {
  readonly #logger = new Logger(ChatConnection.name);
  readonly #closing = new AbortController();
  /** The client's position; undefined until the client sends it. `newest`: it asked for the newest messages. */
  #position: ChatPosition | 'newest' | undefined;
  #resumes = 0;
  #isWoken = false;
  #isReading = false;
  /** Whether the client's last status was `current`: it has all messages. */
  #isCurrent = false;
  #isDelayed = false;

  constructor(
    readonly session: ChatSession,
    readonly output: ChatOutput,
    private readonly chat: FollowedChat,
  ) {}

  /** Sends the messages after this position and all later ones; without a position, the newest first. */
  resume(after: ChatPosition | undefined): void {
    this.#position = after ?? 'newest';
    this.#resumes += 1;
    this.#isCurrent = false;
    this.wake();
  }

  /** The log may have new messages. */
  wake(): void {
    if (this.#position === undefined || this.#closing.signal.aborted) return;
    this.#isWoken = true;
    if (!this.#isReading) void this.#readOn();
  }

  /** Shows the draft of a reply to a client that has the messages before it. */
  showDraft(frames: readonly ServerFrame[]): void {
    if (this.#isCurrent) for (const frame of frames) this.output.sendLive(frame);
  }

  /** Closes the connection from our side. */
  close(reason: ClosingReason): void {
    this.output.close(reason);
  }

  /** The client has gone, or we have closed the connection. */
  closed(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.chat.onClosed();
  }

  async #readOn(): Promise<void> {
    this.#isReading = true;
    while (this.#isWoken && !this.#closing.signal.aborted) {
      this.#isWoken = false;
      const resumes = this.#resumes;
      const page = await this.#readPage();
      // A client that has resumed since wants other messages, and has woken this loop.
      if (page !== undefined && resumes === this.#resumes) await this.#pass(page);
    }
    this.#isReading = false;
  }

  /** Retries until the orchestrator answers. Undefined once the connection is closed, or was resumed anew. */
  async #readPage(): Promise<ChatPage | null | undefined> {
    const resumes = this.#resumes;
    for (let pauseMs = FIRST_RETRY_MS; !this.#closing.signal.aborted; pauseMs = longer(pauseMs)) {
      try {
        return await this.chat.read(this.#position === 'newest' ? undefined : this.#position);
      } catch (error) {
        this.#report(error);
        await this.#becomeDelayed();
        await sleep(pauseMs / 2 + (Math.random() * pauseMs) / 2, this.#closing.signal);
        if (resumes !== this.#resumes) return undefined;
      }
    }
    return undefined;
  }

  async #pass(page: ChatPage | null): Promise<void> {
    if (page) this.#position = positionAfter(page, this.#position);
    else if (this.#position === 'newest') this.#position = { seq: 0 };
    const messages = page?.data ?? [];
    await this.output.send(messages.map((message) => ({ type: 'message', message: shownMessage(message) })));
    if (page) this.chat.onConversation(page.conversationId);
    if (page?.hasMore) this.#isWoken = true;
    else if (!this.#isCurrent) await this.#becomeCurrent();
  }

  async #becomeDelayed(): Promise<void> {
    this.#isCurrent = false;
    if (this.#isDelayed) return;
    this.#isDelayed = true;
    await this.output.send([{ type: 'status', state: 'delayed' }]);
  }

  async #becomeCurrent(): Promise<void> {
    this.#isCurrent = true;
    this.#isDelayed = false;
    const { conversationId, seq: lastSeq = 0 } =
      this.#position === 'newest' || this.#position === undefined ? {} : this.#position;
    await this.output.send([
      { type: 'status', state: 'current', ...(conversationId && { conversationId }), lastSeq },
    ]);
    this.showDraft(this.chat.draft());
  }

  #report(error: unknown): void {
    if (mayRpcSucceedLater(error)) return;
    this.#logger.error({ threadId: this.session.threadId, err: error }, 'A chat could not be read');
  }
}

function longer(pauseMs: number): number {
  return Math.min(pauseMs * 2, LONGEST_RETRY_MS);
}

function positionAfter(page: ChatPage, before: ChatPosition | 'newest' | undefined): ChatPosition {
  const { conversationId } = page;
  const last = page.data.at(-1);
  const isSame = before !== 'newest' && before?.conversationId === conversationId;
  return { conversationId, seq: last?.seq ?? (isSame ? before.seq : 0) };
}

function shownMessage(view: ChatPage['data'][number]): ChatMessage {
  const { id, conversationId, seq, channel, author, text, media, createdAt } = view;
  return { id, conversationId, seq, channel, author, text, ...(media && { media }), createdAt };
}
