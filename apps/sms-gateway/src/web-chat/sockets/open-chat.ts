import {
  CallTurnCompleted,
  ChatProgress,
  ConversationClosed,
  MessageQueued,
  MessageReceived,
  subjectOf,
} from '@parley/contracts';
import type { ConversationId, ThreadId } from '@parley/kernel';
import type { NatsLink } from '@parley/messaging';
import type { z } from 'zod';
import type { RecoveryTimes } from '../../recovery-times.js';
import type { ChatConnection } from './chat-connection.js';
import { Draft } from './draft.js';

/** The events after which the log has new messages, or the chat has another conversation. */
const NEWS = [MessageReceived, MessageQueued, CallTurnCompleted, ConversationClosed];
/** A turn ends within this time, so the reply to a message does not arrive later. */
const REPLY_WITHIN_MS = 60_000;

/**
 * The chat of one thread at this process. It receives the chat's events on core NATS, which may lose them, and therefore
 * also polls for new messages: often while a reply is expected.
 */
export class OpenChat {
  readonly connections = new Set<ChatConnection>();
  readonly draft = new Draft();
  readonly #unwatchThread: () => void;
  #unwatchConversation: (() => void)[] = [];
  #conversationId: ConversationId | undefined;
  #pollAt: number;
  #keepAliveAt: number;
  #replyExpectedUntil = 0;

  constructor(
    readonly threadId: ThreadId,
    private readonly link: NatsLink,
    private readonly times: RecoveryTimes,
  ) {
    this.#unwatchThread = link.onPing(subjectOf(ChatProgress, threadId), (text) => this.#receive(text));
    const now = Date.now();
    // The chats of a process do not all poll at the same moment.
    this.#pollAt = now + Math.random() * times.chatPollMs;
    this.#keepAliveAt = now + times.chatKeepAliveMs;
  }

  /** Watches the chat's conversation, and looks for messages that were added before. */
  watch(id: ConversationId): void {
    if (id === this.#conversationId) return;
    this.#conversationId = id;
    for (const unwatch of this.#unwatchConversation) unwatch();
    this.#unwatchConversation = NEWS.map((event) =>
      this.link.onPing(subjectOf(event, id), (text) => {
        const { turnId } = read(MessageQueued.schema.pick({ turnId: true }), text) ?? {};
        if (turnId) this.draft.end(turnId);
        this.wake();
      }),
    );
    this.wake();
  }

  wake(): void {
    for (const connection of this.connections) connection.wake();
  }

  /** Polls more often for a while: the person wrote, so a reply is expected. */
  expectReply(): void {
    const now = Date.now();
    this.#replyExpectedUntil = now + REPLY_WITHIN_MS;
    this.#pollAt = Math.min(this.#pollAt, now + this.times.chatReplyPollMs);
  }

  tick(now: number): void {
    for (const connection of this.connections) {
      if (connection.session.expiresAt.getTime() <= now) connection.close('session-expired');
    }
    if (now >= this.#pollAt) {
      const isReplyExpected = now < this.#replyExpectedUntil;
      this.#pollAt = now + (isReplyExpected ? this.times.chatReplyPollMs : this.times.chatPollMs);
      this.wake();
    }
    if (now >= this.#keepAliveAt) {
      this.#keepAliveAt = now + this.times.chatKeepAliveMs;
      for (const { output } of this.connections) output.keepAlive();
    }
  }

  close(): void {
    this.#unwatchThread();
    for (const unwatch of this.#unwatchConversation) unwatch();
  }

  #receive(text: string): void {
    const progress = read(ChatProgress.schema, text);
    if (!progress) return;
    const { step, conversationId, draft } = progress;
    if (step === 'appended') {
      this.watch(conversationId);
      this.expectReply();
      this.wake();
    }
    if (step === 'draft' && draft) this.#show(this.draft.add(draft));
    if (step === 'dropped') this.#show(this.draft.drop());
  }

  #show(frames: ReturnType<Draft['add']>): void {
    for (const connection of this.connections) connection.showDraft(frames);
  }
}

function read<S extends z.ZodType>(schema: S, text: string): z.output<S> | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
