import { Controller, Get, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ListEvents } from '@parley/contracts';
import { RpcClient } from '@parley/messaging';
import { ApiKeyGuard, RequireScope } from '../keys/api-key.guard.js';
import { EventsQuery } from './events-query.js';

/** The event log, for whoever lost the stream's events or never had them. */
@Controller('v1/events')
@UseGuards(ApiKeyGuard)
@RequireScope('events:read')
@ApiTags('events')
@ApiBearerAuth()
export class EventsController {
  constructor(private readonly rpc: RpcClient) {}

  @Get()
  @ApiOperation({
    summary: ListEvents.summary,
    description:
      'Read on from `nextCursor`, which is there on the last page too. A page may hold fewer events than `limit` ' +
      'while more follow: `hasMore` tells. Begin with `since`, or without either to have all of the last 30 days.',
  })
  @ApiOkResponse({ standardSchema: ListEvents.output })
  async listEvents(@Query({ schema: EventsQuery }) query: EventsQuery) {
    return this.rpc.request(ListEvents, query);
  }
}
