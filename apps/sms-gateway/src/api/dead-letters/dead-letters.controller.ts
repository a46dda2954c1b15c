import { Controller, Get, HttpCode, Param, Post, Query, Req, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RedriveResult } from '@parley/contracts';
import { Problem, problems } from '@parley/service-kit';
import type { FastifyRequest } from 'fastify';
import { ApiKeyGuard, callerOf, RequireScope } from '../keys/api-key.guard.js';
import { DeadLettersQuery } from '../page-query.js';
import { IDEMPOTENCY_KEY, optionalIdempotencyKey } from '../reservations/idempotency-key.js';
import { DeadLetterPage, DeadLetterResource, parseDeadLetterId } from './dead-letter-resource.js';
import { DeadLetters } from './dead-letters.js';

/** Messages that one of our services gave up: to look at, and to be tried again. */
@Controller('v1/dead-letters')
@UseGuards(ApiKeyGuard)
@ApiTags('dead-letters')
@ApiBearerAuth()
export class DeadLettersController {
  constructor(private readonly deadLetters: DeadLetters) {}

  @Get()
  @RequireScope('dead-letters:read')
  @ApiOperation({
    summary:
      'List the messages that were given up, the last first. `unavailable` names services that did not answer.',
  })
  @ApiOkResponse({ standardSchema: DeadLetterPage })
  async listDeadLetters(
    @Query({ schema: DeadLettersQuery }) query: DeadLettersQuery,
  ): Promise<DeadLetterPage> {
    return this.deadLetters.list(query);
  }

  @Get(':id')
  @RequireScope('dead-letters:read')
  @ApiOperation({ summary: 'Read one message that was given up, as far as it is no secret.' })
  @ApiOkResponse({ standardSchema: DeadLetterResource })
  async getDeadLetter(@Param('id') id: string): Promise<DeadLetterResource> {
    const place = parseDeadLetterId(id);
    const found = place && (await this.deadLetters.get(place));
    if (!found) throw noSuchLetter();
    return found;
  }

  @Post(':id/redrive')
  @HttpCode(200)
  @RequireScope('dead-letters:write')
  @ApiOperation({
    summary: 'Take the message to its handler again. When that fails, it stays a dead letter.',
  })
  @ApiHeader({
    name: IDEMPOTENCY_KEY,
    required: false,
    description: 'Makes a repetition of this request harmless: it is answered as it was first.',
  })
  @ApiOkResponse({ standardSchema: RedriveResult })
  async redriveDeadLetter(@Param('id') id: string, @Req() request: FastifyRequest): Promise<RedriveResult> {
    const place = parseDeadLetterId(id);
    const key = optionalIdempotencyKey(request);
    const caller = key === undefined ? undefined : [callerOf(request).name, key];
    const result = place && (await this.deadLetters.redrive(place, caller));
    if (!result) throw noSuchLetter();
    return result;
  }
}

function noSuchLetter(): Problem {
  return new Problem(problems.notFound, { detail: 'There is no such dead letter' });
}
