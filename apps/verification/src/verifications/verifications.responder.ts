import { Controller } from '@nestjs/common';
import {
  CancelVerification as CancelRequest,
  CheckVerification,
  GetVerification,
  ResendVerification,
  StartVerification as StartRequest,
} from '@parley/contracts';
import { Answers, RpcFailure } from '@parley/messaging';
import { clientNetworkOf } from '@parley/verification-policy';
import type { z } from 'zod';
import { CancelVerification } from './cancel-verification.js';
import { CheckCode } from './check-code.js';
import { ResendCode } from './resend-code.js';
import { StartVerification } from './start-verification.js';
import { isSameSubject } from './verification.js';
import { VerificationViews } from './verification-views.js';

type AnswerTo<C extends { output: z.ZodType }> = z.output<C['output']>;
type QuestionOf<C extends { input: z.ZodType }> = z.output<C['input']>;

/** rpc.verification.start, check, resend, cancel, get → the use cases of the same names */
@Controller()
export class VerificationsResponder {
  constructor(
    private readonly startVerification: StartVerification,
    private readonly checkCode: CheckCode,
    private readonly resendCode: ResendCode,
    private readonly cancelVerification: CancelVerification,
    private readonly views: VerificationViews,
  ) {}

  @Answers(StartRequest)
  async start(request: QuestionOf<typeof StartRequest>): Promise<AnswerTo<typeof StartRequest>> {
    const { to: number, clientIp, apiKeyId, ...rest } = request;
    const wanted = {
      ...rest,
      number,
      conversationId: rest.conversationId,
      client: clientOf(clientIp, apiKeyId),
    };
    return this.views.answer(await this.startVerification.execute(wanted));
  }

  @Answers(CheckVerification)
  async check({
    verificationId: id,
    ...request
  }: QuestionOf<typeof CheckVerification>): Promise<AnswerTo<typeof CheckVerification>> {
    return this.views.answer(await this.checkCode.execute({ ...request, id }));
  }

  @Answers(ResendVerification)
  async resend(request: QuestionOf<typeof ResendVerification>): Promise<AnswerTo<typeof ResendVerification>> {
    const { verificationId: id, clientIp, apiKeyId, channel, ...rest } = request;
    if (channel === 'unknown') throw new RpcFailure('unknown-channel', 'No such way to send a code is known');
    const client = clientOf(clientIp, apiKeyId);
    return this.views.answer(await this.resendCode.execute({ ...rest, id, channel, client }));
  }

  @Answers(CancelRequest)
  async cancel({
    verificationId: id,
    ...request
  }: QuestionOf<typeof CancelRequest>): Promise<AnswerTo<typeof CancelRequest>> {
    return this.views.answer(await this.cancelVerification.execute({ ...request, id }));
  }

  @Answers(GetVerification)
  async get({
    verificationId,
    subject,
  }: QuestionOf<typeof GetVerification>): Promise<AnswerTo<typeof GetVerification>> {
    const view = await this.views.find(verificationId);
    if (!view || (subject && !isSameSubject(view.subject, subject))) return null;
    return view;
  }
}

function clientOf(clientIp: string | undefined, apiKeyId: string | undefined): string | undefined {
  if (clientIp !== undefined) return `ip ${clientNetworkOf(clientIp)}`;
  return apiKeyId === undefined ? undefined : `key ${apiKeyId}`;
}
