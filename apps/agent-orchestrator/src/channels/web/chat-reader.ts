import type { ChatPage, ChatPosition } from '@parley/contracts';
import type { ConversationId, ThreadId } from '@parley/kernel';

/** Reads the log as the person on a web thread may see it. */
export abstract class ChatReader {
  /**
   * Reads the messages after a position, or the newest ones, in log order. A position in another conversation reads the
   * thread's conversation from its beginning. Undefined while the thread has no conversation.
   */
  abstract messages(
    threadId: ThreadId,
    after: ChatPosition | undefined,
    limit: number,
  ): Promise<ChatPage | undefined>;
  /** Finds the web thread of a conversation on which the contact wrote last. */
  abstract threadOf(conversationId: ConversationId): Promise<ThreadId | undefined>;
}
