import { Body, Controller, Get, HttpCode, Param, Post, Res, UseGuards } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBearerAuth,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import {
  CancelVerification,
  CheckVerification,
  GetVerification,
  ResendVerification,
  StartVerification,
  VerificationId,
  VerificationView,
} from '@parley/contracts';
import type { VerificationId as Id } from '@parley/kernel';
import { RpcClient } from '@parley/messaging';
import { Problem, problems } from '@parley/service-kit';
import type { FastifyReply } from 'fastify';
import { apiProblems } from '../api-problems.js';
import { ApiKeyGuard, RequireScope } from '../keys/api-key.guard.js';
import {
  IDEMPOTENCY_KEY_HEADER,
  IDEMPOTENCY_REPLAYED_HEADER,
  ReservationKeyOfRequest,
} from '../reservations/idempotency-key.js';
import { RequestIds } from '../reservations/request-ids.js';
import type { ReservationKey } from '../reservations/reservation-store.js';
import { TextThreads } from '../text-threads.js';
import {
  CancelOrder,
  CheckedVerification,
  CheckOrder,
  ResendOrder,
  VerificationOrder,
} from './verification-orders.js';
import { verifiableNumber, verificationOf } from './verification-answers.js';

const REPEATABLE = ApiHeader({
  name: IDEMPOTENCY_KEY_HEADER,
  required: true,
  description: 'Makes this request safe to repeat: the same key and body count once.',
});

/** Verifications of phone numbers, which the service verification owns. */
@Controller('v1/verifications')
@UseGuards(ApiKeyGuard)
@ApiTags('verifications')
@ApiBearerAuth()
export class VerificationsController {
  constructor(
    private readonly rpc: RpcClient,
    private readonly requestIds: RequestIds,
    private readonly textThreads: TextThreads,
  ) {}

  @Post()
  @HttpCode(202)
  @RequireScope('verifications:write')
  @REPEATABLE
  @ApiOperation({
    summary: StartVerification.summary,
    description:
      'The answer does not tell whether the number is known. While a verification of the same number, subject and purpose is pending, it is answered again.',
  })
  @ApiAcceptedResponse({ standardSchema: VerificationView })
  async startVerification(
    @Body({ schema: VerificationOrder }) order: VerificationOrder,
    @ReservationKeyOfRequest() scope: ReservationKey,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const to = verifiableNumber(order.to, this.textThreads);
    const requestId = await this.#requestId(scope, order, reply);
    const answer = await this.rpc.request(StartVerification, {
      requestId,
      to,
      subject: api(order.subject),
      purpose: order.purpose,
      apiKeyId: scope.apiKey,
      ...(order.clientIp && { clientIp: order.clientIp }),
    });
    const verification = verificationOf(answer);
    reply.header('location', `/v1/verifications/${verification.id}`);
    return verification;
  }

  @Get(':id')
  @RequireScope('verifications:read')
  @ApiOperation({ summary: GetVerification.summary })
  @ApiOkResponse({ standardSchema: VerificationView })
  async getVerification(@Param('id', { schema: VerificationId }) verificationId: Id) {
    const verification = await this.rpc.request(GetVerification, { verificationId });
    if (!verification) throw new Problem(problems.notFound, { detail: 'There is no such verification' });
    return verification;
  }

  @Post(':id/check')
  @HttpCode(200)
  @RequireScope('verifications:write')
  @REPEATABLE
  @ApiOperation({
    summary: CheckVerification.summary,
    description: 'Each request counts as one of five checks, unless it repeats one.',
  })
  @ApiOkResponse({ standardSchema: CheckedVerification })
  async checkVerification(
    @Param('id', { schema: VerificationId }) verificationId: Id,
    @Body({ schema: CheckOrder }) { subject, ...order }: CheckOrder,
    @ReservationKeyOfRequest() scope: ReservationKey,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const requestId = await this.#requestId(scope, [verificationId, subject, order], reply);
    const request = { requestId, verificationId, subject: api(subject), ...order };
    const answer = await this.rpc.request(CheckVerification, request);
    return { ...verificationOf(answer), result: answer.outcome };
  }

  @Post(':id/resend')
  @HttpCode(202)
  @RequireScope('verifications:write')
  @REPEATABLE
  @ApiOperation({
    summary: ResendVerification.summary,
    description: 'Not before `nextSendAt`, or `nextVoiceAt` for a call. The two newest codes count.',
  })
  @ApiAcceptedResponse({ standardSchema: VerificationView })
  async resendVerification(
    @Param('id', { schema: VerificationId }) verificationId: Id,
    @Body({ schema: ResendOrder }) order: ResendOrder,
    @ReservationKeyOfRequest() scope: ReservationKey,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const requestId = await this.#requestId(scope, [verificationId, order], reply);
    const answer = await this.rpc.request(ResendVerification, {
      requestId,
      verificationId,
      subject: api(order.subject),
      channel: order.channel,
      apiKeyId: scope.apiKey,
      ...(order.clientIp && { clientIp: order.clientIp }),
    });
    if (answer.outcome === 'over') throw new Problem(apiProblems.verificationOver);
    return verificationOf(answer);
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @RequireScope('verifications:write')
  @REPEATABLE
  @ApiOperation({
    summary: CancelVerification.summary,
    description: 'A verification that has ended stays as it is.',
  })
  @ApiOkResponse({ standardSchema: VerificationView })
  async cancelVerification(
    @Param('id', { schema: VerificationId }) verificationId: Id,
    @Body({ schema: CancelOrder }) order: CancelOrder,
    @ReservationKeyOfRequest() scope: ReservationKey,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const requestId = await this.#requestId(scope, [verificationId, order], reply);
    const request = { requestId, verificationId, subject: api(order.subject) };
    return verificationOf(await this.rpc.request(CancelVerification, request));
  }

  async #requestId(scope: ReservationKey, body: unknown, reply: FastifyReply) {
    const { requestId, isReplay } = await this.requestIds.issue(scope, body);
    if (isReplay) reply.header(IDEMPOTENCY_REPLAYED_HEADER, 'true');
    return requestId;
  }
}

function api(id: string) {
  return { kind: 'api', id } as const;
}
