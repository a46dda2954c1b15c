import { Controller } from '@nestjs/common';
import { GetChatThread, ReadChat } from '@parley/contracts';
import { Answers } from '@parley/messaging';
import type { z } from 'zod';
import { ChatReader } from './chat-reader.js';

/** rpc.orchestrator.read-chat, rpc.orchestrator.get-chat-thread → ChatReader */
@Controller()
export class ChatResponder {
  constructor(private readonly reader: ChatReader) {}

  @Answers(ReadChat)
  async readChat({
    threadId,
    after,
    limit,
  }: z.output<typeof ReadChat.input>): Promise<z.output<typeof ReadChat.output>> {
    return (await this.reader.messages(threadId, after, limit)) ?? null;
  }

  @Answers(GetChatThread)
  async getChatThread({
    conversationId,
  }: z.output<typeof GetChatThread.input>): Promise<z.output<typeof GetChatThread.output>> {
    const threadId = await this.reader.threadOf(conversationId);
    return threadId ? { threadId } : null;
  }
}
