import { Body, Controller, Get, HttpCode, Param, Post, Req, Res, UseGuards } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBearerAuth,
  ApiHeader,
  ApiOperation,
  ApiProduces,
  ApiTags,
} from '@nestjs/swagger';
import { ConversationId, GetChatThread } from '@parley/contracts';
import type { ConversationId as Id, ThreadId } from '@parley/kernel';
import { RpcClient } from '@parley/messaging';
import { Problem, problems } from '@parley/service-kit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiKeyGuard, RequireScope } from '../../api/keys/api-key.guard.js';
import { MessageResource } from '../../api/messages/message-resource.js';
import { IDEMPOTENCY_KEY_HEADER, ReservationKeyOfRequest } from '../../api/reservations/idempotency-key.js';
import type { ReservationKey } from '../../api/reservations/reservation-store.js';
import { ReceiveWebMessage } from '../messages/receive-web-message.js';
import { CHAT_TOKEN_LIFE_MS } from '../session/chat-tokens.js';
import { acceptedId, ContactMessageOrder } from './chat-resources.js';
import { FollowChat } from './follow-chat.js';

/** Web chat over plain HTTP, with an API key: for a backend that carries the messages of its users itself. */
@Controller('v1/conversations/:id')
@UseGuards(ApiKeyGuard)
@ApiTags('web chat')
@ApiBearerAuth()
export class ConversationChatController {
  constructor(
    private readonly rpc: RpcClient,
    private readonly receiveWebMessage: ReceiveWebMessage,
    private readonly followChat: FollowChat,
  ) {}

  @Post('messages')
  @HttpCode(202)
  @RequireScope('chat:write')
  @ApiOperation({ summary: 'Write a web message into a conversation as its contact. The agent answers it.' })
  @ApiHeader({
    name: IDEMPOTENCY_KEY_HEADER,
    required: true,
    description: 'Makes this request safe to repeat: the same key and text are one message.',
  })
  @ApiAcceptedResponse({ standardSchema: MessageResource })
  async sendContactMessage(
    @Param('id', { schema: ConversationId }) conversationId: Id,
    @Body({ schema: ContactMessageOrder }) { text }: ContactMessageOrder,
    @ReservationKeyOfRequest() { apiKey, idempotencyKey }: ReservationKey,
  ): Promise<MessageResource> {
    const threadId = await this.#threadOf(conversationId);
    const clientMessageId = `${apiKey} ${idempotencyKey}`;
    const outcome = await this.receiveWebMessage.execute({ threadId, clientMessageId, text });
    return {
      id: acceptedId(outcome),
      conversationId,
      channel: 'web',
      direction: 'inbound',
      author: 'contact',
      text,
      status: 'accepted',
      createdAt: new Date().toISOString(),
    };
  }

  @Get('stream')
  @RequireScope('conversations:read')
  @ApiOperation({
    summary: 'Follow the web chat of a conversation as server-sent events, for an hour at most.',
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Continues after this event' })
  @ApiProduces('text/event-stream')
  async followConversationStream(
    @Param('id', { schema: ConversationId }) conversationId: Id,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const threadId = await this.#threadOf(conversationId);
    const expiresAt = new Date(Date.now() + CHAT_TOKEN_LIFE_MS);
    this.followChat.execute({ threadId, expiresAt }, request, reply);
  }

  async #threadOf(conversationId: Id): Promise<ThreadId> {
    const found = await this.rpc.request(GetChatThread, { conversationId });
    if (!found)
      throw new Problem(problems.notFound, { detail: 'There is no such conversation with a web chat' });
    return found.threadId;
  }
}
