import type { ChatPage, ChatPosition } from '@parley/contracts';
import type { ConversationId, ThreadId } from '@parley/kernel';

/** Reads the log as the person on a web thread may see it. */
export abstract class ChatReader {
  /**
   * Reads the messages after a position, or the newest ones, in log order. After a link, a position in the closed
   * conversation reads the rest of it, and then the conversation that goes on from its beginning, as does a position in any
   * other conversation. Undefined while the thread has no conversation.
   */
  abstract messages(
    threadId: ThreadId,
    after: ChatPosition | undefined,
    limit: number,
  ): Promise<ChatPage | undefined>;
  /** Finds the web thread of a conversation on which the contact wrote last. */
  abstract threadOf(conversationId: ConversationId): Promise<ThreadId | undefined>;
}
