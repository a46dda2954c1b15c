import { Controller, Get, HttpCode, Param, Post, Query, Req, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { RedriveResult } from '@parley/contracts';
import { Problem, problems } from '@parley/service-kit';
import type { FastifyRequest } from 'fastify';
import { ApiKeyGuard, callerOf, RequireScope } from '../keys/api-key.guard.js';
import { DeadLettersQuery } from '../page-query.js';
import { IDEMPOTENCY_KEY_HEADER, optionalIdempotencyKey } from '../reservations/idempotency-key.js';
import { AllDeadLetters } from './all-dead-letters.js';
import { DeadLetterPage, DeadLetterResource, parseDeadLetterId } from './dead-letter-resource.js';

/** Shows the dead letters of all services and redrives them. */
@Controller('v1/dead-letters')
@UseGuards(ApiKeyGuard)
@ApiTags('dead-letters')
@ApiBearerAuth()
export class DeadLettersController {
  constructor(private readonly deadLetters: AllDeadLetters) {}

  @Get()
  @RequireScope('dead-letters:read')
  @ApiOperation({
    summary: 'List the dead letters, the newest first. `unavailable` names services that did not answer.',
  })
  @ApiOkResponse({ standardSchema: DeadLetterPage })
  async listDeadLetters(
    @Query({ schema: DeadLettersQuery }) query: DeadLettersQuery,
  ): Promise<DeadLetterPage> {
    return this.deadLetters.list(query);
  }

  @Get(':id')
  @RequireScope('dead-letters:read')
  @ApiOperation({ summary: 'Read one dead letter, without its secret fields.' })
  @ApiOkResponse({ standardSchema: DeadLetterResource })
  async getDeadLetter(@Param('id') id: string): Promise<DeadLetterResource> {
    const deadLetter = parseDeadLetterId(id);
    const found = deadLetter && (await this.deadLetters.get(deadLetter));
    if (!found) throw noSuchDeadLetter();
    return found;
  }

  @Post(':id/redrive')
  @HttpCode(200)
  @RequireScope('dead-letters:write')
  @ApiOperation({
    summary:
      'Redrive one dead letter: its handler gets the message again. If that fails, it stays a dead letter.',
  })
  @ApiHeader({
    name: IDEMPOTENCY_KEY_HEADER,
    required: false,
    description: 'Makes this request safe to repeat: a repeated request returns the first result.',
  })
  @ApiOkResponse({ standardSchema: RedriveResult })
  async redriveDeadLetter(@Param('id') id: string, @Req() request: FastifyRequest): Promise<RedriveResult> {
    const deadLetter = parseDeadLetterId(id);
    const key = optionalIdempotencyKey(request);
    const caller = key === undefined ? undefined : [callerOf(request).name, key];
    const result = deadLetter && (await this.deadLetters.redrive(deadLetter, caller));
    if (!result) throw noSuchDeadLetter();
    return result;
  }
}

function noSuchDeadLetter(): Problem {
  return new Problem(problems.notFound, { detail: 'There is no such dead letter' });
}
