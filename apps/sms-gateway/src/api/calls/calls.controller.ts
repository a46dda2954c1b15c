import { Controller, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  CallId,
  CallView,
  GetCall,
  GetCallTranscript,
  HangUpCall,
  ListCalls,
  pageOf,
  TurnRecord,
} from '@parley/contracts';
import type { CallId as Id } from '@parley/kernel';
import { RpcClient } from '@parley/messaging';
import { newId, Problem, problems } from '@parley/service-kit';
import { ApiKeyGuard, RequireScope } from '../keys/api-key.guard.js';
import { CallsQuery, TranscriptQuery } from '../page-query.js';

/** How long REST waits for a hang-up, which needs a request to Twilio. */
const HANG_UP_TIMEOUT_MS = 10_000;

/** The REST routes of calls, which voice-bridge owns. */
@Controller('v1/calls')
@UseGuards(ApiKeyGuard)
@ApiTags('calls')
@ApiBearerAuth()
export class CallsController {
  constructor(private readonly rpc: RpcClient) {}

  @Get()
  @RequireScope('calls:read')
  @ApiOperation({ summary: ListCalls.summary })
  @ApiOkResponse({ standardSchema: ListCalls.output })
  async listCalls(@Query({ schema: CallsQuery }) query: CallsQuery) {
    return this.rpc.request(ListCalls, query);
  }

  @Get(':id')
  @RequireScope('calls:read')
  @ApiOperation({ summary: GetCall.summary })
  @ApiOkResponse({ standardSchema: CallView })
  async getCall(@Param('id', { schema: CallId }) callId: Id) {
    return known(await this.rpc.request(GetCall, { callId }));
  }

  @Get(':id/transcript')
  @RequireScope('calls:read')
  @ApiOperation({
    summary: GetCallTranscript.summary,
    description:
      'Each turn with its timings: speech end, final words, first token, first audio, first heard.',
  })
  @ApiOkResponse({ standardSchema: pageOf(TurnRecord) })
  async getTranscript(
    @Param('id', { schema: CallId }) callId: Id,
    @Query({ schema: TranscriptQuery }) query: TranscriptQuery,
  ) {
    return known(await this.rpc.request(GetCallTranscript, { ...query, callId }));
  }

  @Post(':id/hangup')
  @HttpCode(200)
  @RequireScope('calls:write')
  @ApiOperation({
    summary: HangUpCall.summary,
    description: 'Safe to repeat, also without an Idempotency-Key: a call that has ended stays as it is.',
  })
  @ApiOkResponse({ standardSchema: CallView })
  async hangUpCall(@Param('id', { schema: CallId }) callId: Id) {
    const request = { requestId: newId('req'), callId };
    return known(await this.rpc.request(HangUpCall, request, { timeoutMs: HANG_UP_TIMEOUT_MS }));
  }
}

function known<T>(found: T | null): T {
  if (found === null) throw new Problem(problems.notFound, { detail: 'There is no such call' });
  return found;
}
