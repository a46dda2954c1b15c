import { Controller, Get, Param, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  ConversationId,
  ConversationView,
  GetConversation,
  ListConversations,
  ListMessages,
  MessageView,
  pageOf,
} from '@parley/contracts';
import type { ConversationId as Id } from '@parley/kernel';
import { RpcClient } from '@parley/messaging';
import { Problem, problems } from '@parley/service-kit';
import { ApiKeyGuard, RequireScope } from '../keys/api-key.guard.js';
import { ConversationsQuery, MessagesQuery } from '../page-query.js';

/** The REST routes of conversations, which the orchestrator owns. */
@Controller('v1/conversations')
@UseGuards(ApiKeyGuard)
@RequireScope('conversations:read')
@ApiTags('conversations')
@ApiBearerAuth()
export class ConversationsController {
  constructor(private readonly rpc: RpcClient) {}

  @Get()
  @ApiOperation({ summary: ListConversations.summary })
  @ApiOkResponse({ standardSchema: ListConversations.output })
  async listConversations(@Query({ schema: ConversationsQuery }) query: ConversationsQuery) {
    return this.rpc.request(ListConversations, query);
  }

  @Get(':id')
  @ApiOperation({ summary: GetConversation.summary })
  @ApiOkResponse({ standardSchema: ConversationView })
  async getConversation(@Param('id', { schema: ConversationId }) conversationId: Id) {
    const found = await this.rpc.request(GetConversation, { conversationId });
    if (!found) throw noSuchConversation();
    return found;
  }

  @Get(':id/messages')
  @ApiOperation({ summary: ListMessages.summary })
  @ApiOkResponse({ standardSchema: pageOf(MessageView) })
  async listMessages(
    @Param('id', { schema: ConversationId }) conversationId: Id,
    @Query({ schema: MessagesQuery }) query: MessagesQuery,
  ) {
    const found = await this.rpc.request(ListMessages, { ...query, conversationId });
    if (!found) throw noSuchConversation();
    return found;
  }
}

function noSuchConversation(): Problem {
  return new Problem(problems.notFound, { detail: 'There is no such conversation' });
}
