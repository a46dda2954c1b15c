import { Controller, Get, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ListEvents } from '@parley/contracts';
import { RpcClient } from '@parley/messaging';
import { ApiKeyGuard, RequireScope } from '../keys/api-key.guard.js';
import { EventsQuery } from './events-query.js';

/** The REST route of the event log, for clients that missed events of the stream or do not subscribe to it. */
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
      'Begin with `since`, or without `since` and `cursor` for all events of the last 30 days. Continue from `nextCursor`, ' +
      'which the last page has too. A page can have fewer events than `limit` although more follow: see `hasMore`.',
  })
  @ApiOkResponse({ standardSchema: ListEvents.output })
  async listEvents(@Query({ schema: EventsQuery }) query: EventsQuery) {
    return this.rpc.request(ListEvents, query);
  }
}
