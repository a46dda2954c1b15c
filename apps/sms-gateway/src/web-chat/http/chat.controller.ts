import { Body, Controller, Get, HttpCode, Post, Req, Res, UseGuards } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBearerAuth,
  ApiHeader,
  ApiOperation,
  ApiProduces,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ReceiveWebMessage } from '../messages/receive-web-message.js';
import { AcceptedChatMessage, acceptedId, ChatMessageOrder } from './chat-resources.js';
import { ChatSessionGuard, sessionOf } from './chat-session.guard.js';
import { FollowChat } from './follow-chat.js';

/** Web chat over plain HTTP, with a session token: what a socket does, for clients that cannot open one. */
@Controller('v1/chat')
@UseGuards(ChatSessionGuard)
@ApiTags('web chat')
@ApiBearerAuth()
export class ChatController {
  constructor(
    private readonly receiveWebMessage: ReceiveWebMessage,
    private readonly followChat: FollowChat,
  ) {}

  @Post('messages')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Write a message as the person of a session. The token of the session is the bearer token.',
    description: 'The same `clientMessageId` is the same message.',
  })
  @ApiAcceptedResponse({ standardSchema: AcceptedChatMessage })
  async sendChatMessage(
    @Body({ schema: ChatMessageOrder }) { clientMessageId, text }: ChatMessageOrder,
    @Req() request: FastifyRequest,
  ): Promise<AcceptedChatMessage> {
    const { threadId } = sessionOf(request);
    const outcome = await this.receiveWebMessage.execute({ threadId, clientMessageId, text });
    return { clientMessageId, messageId: acceptedId(outcome) };
  }

  @Get('stream')
  @ApiOperation({
    summary:
      'Follow the chat of a session as server-sent events. The token of the session is the bearer token.',
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Continues after this event' })
  @ApiProduces('text/event-stream')
  followChatStream(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.followChat.execute(sessionOf(request), request, reply);
  }
}
