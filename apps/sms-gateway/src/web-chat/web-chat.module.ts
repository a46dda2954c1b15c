import { Module } from '@nestjs/common';
import { ApiModule } from '../api/api.module.js';
import { ApiKeyGuard } from '../api/keys/api-key.guard.js';
import { ChatController } from './http/chat.controller.js';
import { ConversationChatController } from './http/conversation-chat.controller.js';
import { FollowChat } from './http/follow-chat.js';
import { PostgresChatStore } from './messages/adapters/postgres-chat-store.js';
import { ChatStore } from './messages/chat-store.js';
import { MessageRates } from './messages/message-rates.js';
import { PurgeClientMessageIds } from './messages/purge-client-message-ids.js';
import { ReceiveWebMessage } from './messages/receive-web-message.js';
import { ChatTokens } from './session/chat-tokens.js';
import { OpenSession } from './session/open-session.js';
import { SessionsController } from './session/sessions.controller.js';
import { ChatGateway } from './sockets/adapters/chat.gateway.js';
import { AllowedOrigins } from './sockets/allowed-origins.js';
import { ChatLog } from './sockets/chat-log.js';
import { OpenChats } from './sockets/open-chats.js';

/**
 * POST /v1/chat/sessions → OpenSession → a token
 * GET /v1/chat → ServeClient → ReceiveWebMessage → int.web.message-received.v1.<threadId>
 * POST /v1/chat/messages, /v1/conversations/{id}/messages → ReceiveWebMessage
 * GET /v1/chat/stream, /v1/conversations/{id}/stream → FollowChat
 * live.chat.progress and the conversation's events → OpenChats → rpc.orchestrator.read-chat → the client
 */
@Module({
  imports: [ApiModule],
  controllers: [SessionsController, ChatController, ConversationChatController],
  providers: [
    ApiKeyGuard,
    OpenSession,
    ChatTokens,
    ReceiveWebMessage,
    MessageRates,
    PurgeClientMessageIds,
    AllowedOrigins,
    ChatLog,
    OpenChats,
    FollowChat,
    ChatGateway,
    { provide: ChatStore, useClass: PostgresChatStore },
  ],
})
export class WebChatModule {}
