import { Injectable } from '@nestjs/common';
import { type ChatPage, type ChatPosition, ReadChat } from '@parley/contracts';
import type { ThreadId } from '@parley/kernel';
import { RpcClient } from '@parley/messaging';

/** The newest messages that a client without a position gets, and the most in one read. */
const PAGE_MESSAGES = 50;
/** The most reads at once: after a deploy, many clients reconnect together. */
const MAX_READS_AT_ONCE = 32;

/** Reads chats from the orchestrator, a bounded number at a time. */
@Injectable()
export class ChatLog {
  #reading = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(private readonly rpc: RpcClient) {}

  /**
   * Reads the messages after a position, or the newest ones; null while the thread has no conversation.
   * @throws RpcUnavailableError | RpcFailure
   */
  async read(threadId: ThreadId, after: ChatPosition | undefined): Promise<ChatPage | null> {
    if (this.#reading >= MAX_READS_AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#reading += 1;
    try {
      return await this.rpc.request(ReadChat, { threadId, ...(after && { after }), limit: PAGE_MESSAGES });
    } finally {
      // The slot passes to the next read that waits.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#reading -= 1;
    }
  }
}
