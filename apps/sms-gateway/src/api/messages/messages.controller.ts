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
import { IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED, Idempotent } from '../reservations/idempotency-key.js';
import { type ReservationScope, ReservationStore } from '../reservations/reservation-store.js';
import { MessageOrder, MessageResource } from './message-resource.js';
import { SendMessage } from './send-message.js';

/** Accepts messages to be sent, and shows messages, which the orchestrator owns. */
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
    summary: 'Send a message to a person. It is added to the conversation first, and then sent.',
  })
  @ApiHeader({
    name: IDEMPOTENCY_KEY,
    required: true,
    description: 'Makes this request safe to repeat: the same key and body are one message.',
  })
  @ApiAcceptedResponse({
    standardSchema: MessageResource,
    headers: {
      [IDEMPOTENCY_REPLAYED]: {
        description: '`true` when this request was accepted before',
        schema: { type: 'string', enum: ['true'] },
      },
    },
  })
  async sendMessage(
    @Body({ schema: MessageOrder }) order: MessageOrder,
    @Idempotent() scope: ReservationScope,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MessageResource> {
    const { message, isReplay } = await this.send.execute(order, scope);
    if (isReplay) reply.header(IDEMPOTENCY_REPLAYED, 'true');
    reply.header('location', `/v1/messages/${message.id}`);
    return message;
  }

  @Get(':id')
  @RequireScope('conversations:read')
  @ApiOperation({ summary: 'Read one message. It is `accepted` until its conversation has it.' })
  @ApiOkResponse({ standardSchema: MessageResource })
  async getMessage(@Param('id', { schema: MessageId }) messageId: Id): Promise<MessageResource> {
    const logged = await this.rpc.request(GetMessage, { messageId });
    const message = logged ?? (await this.reservations.promised<MessageResource>(messageId));
    if (!message) throw new Problem(problems.notFound, { detail: 'There is no such message' });
    return message;
  }
}
