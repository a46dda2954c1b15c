import { Body, Controller, Get, HttpCode, Param, Post, Res, UseGuards } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBearerAuth,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { GetMessage, MessageId } from '@parley/contracts';
import type { MessageId as Id } from '@parley/kernel';
import { RpcClient } from '@parley/messaging';
import { Problem, problems } from '@parley/service-kit';
import type { FastifyReply } from 'fastify';
import { ApiKeyGuard, RequireScope } from '../keys/api-key.guard.js';
import {
  IDEMPOTENCY_KEY_HEADER,
  IDEMPOTENCY_REPLAYED_HEADER,
  ReservationKeyOfRequest,
} from '../reservations/idempotency-key.js';
import { type ReservationKey, ReservationStore } from '../reservations/reservation-store.js';
import { SendMessageRequest, MessageResource } from './message-resource.js';
import { SendMessage } from './send-message.js';

/** Accepts messages to send, and returns messages, which the orchestrator owns. */
@Controller('v1/messages')
@UseGuards(ApiKeyGuard)
@ApiTags('messages')
@ApiBearerAuth()
export class MessagesController {
  constructor(
    private readonly send: SendMessage,
    private readonly reservations: ReservationStore,
    private readonly rpc: RpcClient,
  ) {}

  @Post()
  @HttpCode(202)
  @RequireScope('messages:write')
  @ApiOperation({
    summary: 'Send a message to a person. Parley adds it to the conversation first, and then sends it.',
  })
  @ApiHeader({
    name: IDEMPOTENCY_KEY_HEADER,
    required: true,
    description: 'Makes this request safe to repeat: the same key and body send one message.',
  })
  @ApiAcceptedResponse({
    standardSchema: MessageResource,
    headers: {
      [IDEMPOTENCY_REPLAYED_HEADER]: {
        description: '`true` when this request was accepted before',
        schema: { type: 'string', enum: ['true'] },
      },
    },
  })
  async sendMessage(
    @Body({ schema: SendMessageRequest }) request: SendMessageRequest,
    @ReservationKeyOfRequest() scope: ReservationKey,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MessageResource> {
    const { message, isReplay } = await this.send.execute(request, scope);
    if (isReplay) reply.header(IDEMPOTENCY_REPLAYED_HEADER, 'true');
    reply.header('location', `/v1/messages/${message.id}`);
    return message;
  }

  @Get(':id')
  @RequireScope('conversations:read')
  @ApiOperation({
    summary: 'Read one message. Its status is `accepted` until it is added to its conversation.',
  })
  @ApiOkResponse({ standardSchema: MessageResource })
  async getMessage(@Param('id', { schema: MessageId }) messageId: Id): Promise<MessageResource> {
    const logged = await this.rpc.request(GetMessage, { messageId });
    const message = logged ?? (await this.reservations.findResource<MessageResource>(messageId));
    if (!message) throw new Problem(problems.notFound, { detail: 'There is no such message' });
    return message;
  }
}
