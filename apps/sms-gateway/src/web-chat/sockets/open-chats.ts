import { Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import type { ThreadId } from '@parley/kernel';
import { NatsLink } from '@parley/messaging';
import { LoopingService, WakeableLoop } from '@parley/resilience';
import { ServiceState } from '@parley/service-kit';
import { RECOVERY_TIMES, type RecoveryTimes } from '../../recovery-times.js';
import type { ChatSession } from '../session/chat-tokens.js';
import { ChatConnection } from './chat-connection.js';
import { ChatLog } from './chat-log.js';
import type { ChatOutput } from './chat-output.js';
import { OpenChat } from './open-chat.js';

/** The most clients of one process; each costs some 50 KB of memory. */
const MAX_CONNECTIONS = 5_000;
/** The tabs of one person at one process. */
export const MAX_CONNECTIONS_PER_CHAT = 20;
const CLOSE_WITHIN_MS = 2_000;

export type OpenRefusal = 'draining' | 'full' | 'too-many-tabs';

/** The chats that clients of this process follow. */
@Injectable()
export class OpenChats extends LoopingService implements OnModuleInit {
  readonly #logger = new Logger(OpenChats.name);
  protected override readonly loop: WakeableLoop;
  readonly #chats = new Map<ThreadId, OpenChat>();
  #connections = 0;

  constructor(
    private readonly link: NatsLink,
    private readonly log: ChatLog,
    private readonly state: ServiceState,
    @Inject(RECOVERY_TIMES) private readonly times: RecoveryTimes,
  ) {
    super();
    this.loop = new WakeableLoop({
      name: OpenChats.name,
      everyMs: times.chatTickMs,
      step: async () => this.#tick(),
    });
  }

  onModuleInit(): void {
    this.state.finishBeforeClosing(CLOSE_WITHIN_MS, async () => this.#closeAll());
    // Live messages that were published while NATS was unavailable are lost: read the chats again.
    this.link.onConnected(() => {
      for (const chat of this.#chats.values()) chat.wake();
    });
  }

  /** Lets a client follow its chat. */
  open(
    session: ChatSession,
    output: ChatOutput,
  ): { chat: OpenChat; connection: ChatConnection } | OpenRefusal {
    if (this.state.isDraining) return 'draining';
    if (this.#connections >= MAX_CONNECTIONS) return 'full';
    const chat = this.#chatOf(session.threadId);
    if (chat.connections.size >= MAX_CONNECTIONS_PER_CHAT) return 'too-many-tabs';
    const connection: ChatConnection = new ChatConnection(session, output, {
      read: (after) => this.log.read(session.threadId, after),
      onConversation: (id) => chat.watch(id),
      draft: () => chat.draft.shown(),
      onClosed: () => this.#closed(chat, connection),
    });
    chat.connections.add(connection);
    this.#connections += 1;
    return { chat, connection };
  }

  #chatOf(threadId: ThreadId): OpenChat {
    const known = this.#chats.get(threadId);
    if (known) return known;
    const chat = new OpenChat(threadId, this.link, this.times);
    this.#chats.set(threadId, chat);
    return chat;
  }

  #closed(chat: OpenChat, connection: ChatConnection): void {
    chat.connections.delete(connection);
    this.#connections -= 1;
    if (chat.connections.size > 0) return;
    chat.close();
    this.#chats.delete(chat.threadId);
  }

  #tick(): void {
    const now = Date.now();
    for (const chat of this.#chats.values()) chat.tick(now);
  }

  /** Their clients reconnect to other processes. */
  #closeAll(): void {
    if (this.#connections > 0) this.#logger.log(`Closing ${this.#connections} connections of web chats`);
    for (const { connections } of this.#chats.values())
      for (const connection of connections) connection.close('restart');
  }
}
