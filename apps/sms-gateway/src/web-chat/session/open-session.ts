import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { ChatStore } from '../messages/chat-store.js';
import { CHAT_TOKEN_LIFE_MS, ChatTokens } from './chat-tokens.js';
import { type SessionResource, VISITOR_PREFIX } from './session-resource.js';

/** Opens a session: finds the person's thread, or creates it, and signs a token for it. */
@Injectable()
export class OpenSession {
  constructor(
    private readonly chats: ChatStore,
    private readonly tokens: ChatTokens,
  ) {}

  /** @throws RetryableError while Postgres is unavailable */
  async execute(userId: string = `${VISITOR_PREFIX}${randomUUID()}`): Promise<SessionResource> {
    const threadId = await this.chats.threadOf(userId);
    // A token has whole seconds.
    const expiresAt = new Date(Math.floor((Date.now() + CHAT_TOKEN_LIFE_MS) / 1_000) * 1_000);
    const token = this.tokens.issue({ threadId, expiresAt });
    return { token, userId, expiresAt: expiresAt.toISOString() };
  }
}
