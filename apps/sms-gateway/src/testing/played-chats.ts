import {
  type ChatPage,
  ChatProgress,
  ConversationClosed,
  GetChatThread,
  MessageQueued,
  ReadChat,
  rpcSubjectOf,
  subjectOf,
} from '@parley/contracts';
import type { ConversationId, ThreadId } from '@parley/kernel';
import { NatsLink } from '@parley/messaging';
import { newId } from '@parley/service-kit';
import type { RunningGateway } from './running-gateway.js';

type Connection = Awaited<ReturnType<NatsLink['whenConnected']>>;
type Message = ChatPage['data'][number];

/** Plays the orchestrator's side of web chats: a log for each thread. */
export class PlayedChats {
  readonly #logs = new Map<ThreadId, { conversationId: ConversationId; messages: Message[] }>();
  /** All reads of chats so far. */
  reads = 0;
  /** Whether reads are answered. */
  isAvailable = true;

  private constructor(private readonly connection: Connection) {}

  static async answeringFor(gateway: RunningGateway): Promise<PlayedChats> {
    const connection = await gateway.get(NatsLink).whenConnected();
    const chats = new PlayedChats(connection);
    connection.subscribe(rpcSubjectOf(ReadChat), {
      callback: (_, message) => {
        chats.reads += 1;
        const data = chats.#read(ReadChat.input.parse(message.json()));
        const answer = chats.isAvailable ? { ok: true, data } : UNAVAILABLE;
        message.respond(JSON.stringify(answer));
      },
    });
    connection.subscribe(rpcSubjectOf(GetChatThread), {
      callback: (_, message) => {
        const { conversationId } = GetChatThread.input.parse(message.json());
        const found = Array.from(chats.#logs).find(([, log]) => log.conversationId === conversationId);
        message.respond(JSON.stringify({ ok: true, data: found ? { threadId: found[0] } : null }));
      },
    });
    await connection.flush();
    return chats;
  }

  /** Adds a message to a thread's log; `isLost`: no process learns of it. */
  add(threadId: ThreadId, text: string, { author = 'agent' as const, isLost = false } = {}): Message {
    const log = this.#logs.get(threadId) ?? this.begin(threadId);
    const { conversationId, messages } = log;
    const message: Message = {
      id: newId('msg'),
      conversationId,
      seq: messages.length + 1,
      channel: 'web',
      direction: 'outbound',
      author,
      text,
      status: 'queued',
      createdAt: new Date().toISOString(),
    };
    messages.push(message);
    const event = { ...MessageQueued.example, conversationId, messageId: message.id, seq: message.seq, text };
    if (!isLost) this.connection.publish(subjectOf(MessageQueued, conversationId), JSON.stringify(event));
    return message;
  }

  /** Begins another conversation on a thread. */
  begin(threadId: ThreadId): { conversationId: ConversationId; messages: Message[] } {
    const log = { conversationId: newId('conv'), messages: [] };
    this.#logs.set(threadId, log);
    return log;
  }

  /** Closes the conversation of a thread, and lets the thread go on in another one. */
  move(threadId: ThreadId): void {
    const conversationId = this.conversationOf(threadId);
    this.begin(threadId);
    const event = { ...ConversationClosed.example, conversationId };
    this.connection.publish(subjectOf(ConversationClosed, conversationId), JSON.stringify(event));
  }

  conversationOf(threadId: ThreadId): ConversationId {
    return this.#logs.get(threadId)!.conversationId;
  }

  report(threadId: ThreadId, progress: Pick<ChatProgress, 'step' | 'draft'>): void {
    const conversationId = this.conversationOf(threadId);
    const report = ChatProgress.schema.parse({ threadId, conversationId, ...progress });
    this.connection.publish(subjectOf(ChatProgress, threadId), JSON.stringify(report));
  }

  #read({ threadId, after, limit }: typeof ReadChat.input._output): ChatPage | null {
    const log = this.#logs.get(threadId);
    if (!log) return null;
    const { conversationId, messages } = log;
    if (!after) return { conversationId, data: messages.slice(-limit), hasMore: false };
    const rest = messages.slice(after.conversationId === conversationId ? after.seq : 0);
    return { conversationId, data: rest.slice(0, limit), hasMore: rest.length > limit };
  }
}

const UNAVAILABLE = { ok: false, error: { code: 'unavailable', message: 'not now', retryable: true } };
